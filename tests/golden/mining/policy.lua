return {
  lists = { mining_pools = "pools.txt" },
}
