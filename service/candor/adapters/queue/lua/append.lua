local batch = ARGV[1]
local b = redis.call('HMGET', batch_key(batch), 'state', 'tenant', 'priority', 'total')
if b[1] ~= 'receiving' then return {'gone'} end
local bytes = 0
for i = 6, #ARGV do bytes = bytes + #ARGV[i] end
local more = #ARGV - 5
local full = has_room(b[2], more, bytes, number(ARGV[2]), number(ARGV[3]), number(ARGV[4]))
if full then return {full} end
for i = 6, #ARGV do
  local index = number(b[4]) + i - 6
  local id = batch .. '.' .. index
  redis.call('HSET', job_key(id), 'tenant', b[2], 'priority', b[3], 'created', NOW, 'state', 'held',
    'batch', batch, 'index', index, 'body', ARGV[i], 'size', #ARGV[i])
end
count('bytes', bytes)
count('held', more)
count_tenant(b[2], more)
redis.call('HINCRBY', batch_key(batch), 'total', more)
redis.call('HINCRBY', batch_key(batch), 'waiting', more)
redis.call('ZADD', P .. 'expiry', NOW + number(ARGV[5]), batch)
return {'fresh', batch}
