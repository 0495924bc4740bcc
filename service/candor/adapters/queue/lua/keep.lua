-- ARGV: worker, then id and attempt of each. Returns those that are no longer this worker's.
local lost = {}
for i = 2, #ARGV, 2 do
  local h = redis.call('HMGET', job_key(ARGV[i]), 'state', 'attempt', 'lane', 'entry')
  if h[1] == 'running' and h[2] == ARGV[i + 1] then
    -- Its idle time starts anew; JUSTID leaves the number of deliveries alone.
    redis.call('XCLAIM', h[3], GROUP, ARGV[1], 0, h[4], 'JUSTID')
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
