return {
  triage = {
    { host = { "10.0.3.7", "!10.0.3.8", "fd00::/64" }, type = "category:recon", peer = "10.0.0.0/8",
      reason = "over_detection", note = "the \"inventory\"" },
    { peer = "updates.example.com", type = "beacon", reason = "misdetection" },
  },
}
