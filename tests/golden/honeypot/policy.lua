return {
  networks = { roles = { honeypot = { "10.1.0.66", "10.1.3.0/28" } } },
}
