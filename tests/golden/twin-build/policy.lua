return {
  lists = { package_sources = "sources.txt" },
}
