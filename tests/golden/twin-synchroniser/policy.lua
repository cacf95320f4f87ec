return {
  networks = { roles = { controller = { "10.1.0.10", "10.1.0.11", "10.1.0.70" } } },
}
