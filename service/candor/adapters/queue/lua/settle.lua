local name, attempt, how, delay, in_doubt, reason, tenant = unpack(ARGV)
local key = P .. 'hook:' .. name
if redis.call('HGET', key, 'attempt') ~= attempt then return 0 end
if how == 'again' then
  if in_doubt == '1' then redis.call('HINCRBY', key, 'generation', 1) end
  redis.call('HSET', key, 'state', 'waiting')
  redis.call('ZADD', P .. 'hooks', NOW + number(delay), name)
  return 1
end
if how == 'dead' then bury('webhook', name, tenant, reason, number(ARGV[8])) end
redis.call('ZREM', P .. 'hooks', name)
redis.call('DEL', key)
return 1
