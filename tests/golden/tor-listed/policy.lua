return {
  lists = { tor_relays = "relays.txt" },
}
