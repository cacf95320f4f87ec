return {
  lists = { names_with_data = "names.txt" },
}
