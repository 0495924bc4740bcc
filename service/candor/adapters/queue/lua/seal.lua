local batch, idem, fingerprint = ARGV[1], ARGV[2], ARGV[3]
local b = redis.call('HMGET', batch_key(batch), 'state', 'tenant')
if b[1] ~= 'receiving' then return {'gone'} end
local known = seen(idem, fingerprint)
if known then return known end
redis.call('HSET', batch_key(batch), 'state', 'running', 'queued', 0)
redis.call('ZADD', P .. 'expiry', NOW + number(ARGV[4]), batch)
redis.call('SADD', P .. 'chores', batch)
list('batches', b[2], batch)
remember(idem, fingerprint, batch, number(ARGV[5]))
return {'fresh', batch}
