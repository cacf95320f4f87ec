return {
  preset = "plant",
  report_certainty = 12.5,
  networks = { internal = { "10.0.0.0/8", "!10.6.0.0/16", "fc00::/7" }, shared = { "10.0.0.1" } },
  detectors = {
    port_scan = { status = "trial", budget = 2, quiet = "2h", min_ports = 30, window = "30m",
      threat = { { term = "ports", curve = { 1, 2, 3, 4 }, weight = 2 } } },
    beacon = { status = "off", min_span = 600 },
    smash_and_grab = { min_bytes = "64MiB",
      certainty = { { term = "prevalence", curve = { 0.5, 0.2, 0.05, 0.01 } } } },
  },
}
