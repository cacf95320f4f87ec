-- the rest is in local.d/
return {}
