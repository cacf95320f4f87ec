return {
  networks = { shared = { "10.1.0.1" } },
}
