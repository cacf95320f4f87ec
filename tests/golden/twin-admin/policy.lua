return {
  networks = { roles = { admin = { "10.1.1.21" } } },
}
