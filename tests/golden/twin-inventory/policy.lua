return {
  networks = { roles = { scanner = { "10.1.0.9" }, monitor = { "10.1.0.5" } } },
}
