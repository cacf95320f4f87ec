return {
  lists = { bait_accounts = "bait.txt" },
}
