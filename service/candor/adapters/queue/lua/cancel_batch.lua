local batch = ARGV[1]
local b = redis.call('HMGET', batch_key(batch), 'state', 'flag')
if b[1] ~= 'running' or b[2] then return 0 end
redis.call('HSET', batch_key(batch), 'flag', 'cancelled', 'cut', 0)
redis.call('SADD', P .. 'chores', batch)
return 1
