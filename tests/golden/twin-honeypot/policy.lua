return {
  networks = { roles = { honeypot = { "10.1.0.66" }, scanner = { "10.1.0.30" } } },
}
