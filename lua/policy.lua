-- What Furumai takes for granted here. Everything below may be changed, better in a file of
-- local.d/ beside this one, which survives an upgrade; README.md tells how.
-- After a change: furumai policy check, then reload. A file with an error changes nothing.

return {
  -- Inside are the private ranges, unless suricata.yaml or this table says otherwise:
  -- internal = { "10.0.0.0/8", "fc00::/7", "!10.66.0.0/16" }, the last being an exception.
  networks = {
    dynamic = {},   -- leases of a day: guests, VPN clients; no memory beyond it
    shared = {},    -- one address, many hosts: NAT, terminal servers
    protect = {},   -- never handed to rules: controllers, gateways, resolvers
    roles = {       -- hosts that do for their work what an intruder does
      scanner = {},     -- vulnerability scanners, inventory
      monitor = {},     -- polls many hosts on a clock
      proxy = {},
      resolver = {},
      controller = {},  -- domain controllers
      backup = {},
      admin = {},       -- the administrators' own machines
      honeypot = {},    -- bait: nobody has business with it
      dhcp = {},        -- gives addresses away, and pings them before; learned where DHCP is seen
    },
  },

  preset = "office",        -- small, office, datacentre or plant
  report_certainty = 30,    -- 0 to 100: what is less certain is not written

  -- Destinations that nearly every network knows; each file says what it holds and why.
  lists = {
    familiar = { "lists/update_servers.txt", "lists/time_servers.txt", "lists/telemetry.txt" },
    -- Domains under which honest programs ask names with data in them.
    names_with_data = "lists/names_with_data.txt",
    mining_pools = "lists/mining_pools.txt",
    -- Where machines may fetch programs from; only you know where yours do:
    -- package_sources = "lists/package_sources.txt",
    -- Relays of the Tor network change by the hour, so none are shipped. Yours, as address:port:
    -- tor_relays = "lists/tor_relays.txt",
  },
}
