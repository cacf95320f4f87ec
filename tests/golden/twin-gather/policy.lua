return {
  networks = { roles = { backup = { "10.1.0.28" } } },
}
