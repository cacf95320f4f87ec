-- Management Walk: one host opens remote management (SSH, RDP, WinRM, VNC) on many inside hosts
-- within an hour, and is let in nearly everywhere.
--
-- Why: an intruder with an administrator's password walks from host to host. Nothing fails, so
-- that no sweep is found. Whose work it is has the role admin, scanner or monitor: their walks are
-- written, not scored. Copy this file to local.d/ beside policy.lua, then furumai policy check.
--
-- What it cannot see: a slow walk (fewer than ten hosts an hour), one through a single jump host
-- (the walk is the jump host's then), management over other ports.

return {
  declare = {
    management_walk = {
      family = "tally",
      title = "Management Walk",
      help = "one host opens remote management on many inside hosts and is let in",
      category = "lateral_movement",
      tactic = { "TA0008" },
      technique = { "T1021" },
      look_alikes = "an administrator, deployment tools, a jump host",
      next = "see who was logged in on the host, and what it did on those it reached",
      course = "inside",
      protocol = "tcp",
      ports = { 22, 3389, "5900-5910", 5985, 5986 },
      item = "server",
      counts = "answered",
      least = 10,
      window = "1h",
      share = 0.5,
      excused = { "admin", "scanner", "monitor" },
      threat = { { term = "items", curve = { 3, 10, 30, 200 } } },
    },
  },

  -- tuned like any other: budget, quiet, status, curves, and what is declared above
  detectors = { management_walk = { status = "live", budget = 0.5 } },
}
