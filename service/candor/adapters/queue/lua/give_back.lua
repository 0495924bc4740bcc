local id, attempt = ARGV[1], ARGV[2]
local h = redis.call('HMGET', job_key(id), 'state', 'attempt', 'lane', 'entry', 'tenant', 'priority', 'batch')
if h[1] ~= 'running' or h[2] ~= attempt then return 0 end
leave_lane(h[3], h[4])
count('running', -1)
count_tenant(h[5], 1)
redis.call('HINCRBY', job_key(id), 'deliveries', -1)
-- Whoever gave it back has no say any more.
redis.call('HINCRBY', job_key(id), 'attempt', 1)
if h[7] then
  redis.call('HINCRBY', batch_key(h[7]), 'running', -1)
  redis.call('HINCRBY', batch_key(h[7]), 'waiting', 1)
end
enqueue(id, h[5], h[6])
return 1
