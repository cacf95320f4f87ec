return {
  networks = { roles = { mail = { "10.1.0.25" } } },
}
