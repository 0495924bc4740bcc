local batch = ARGV[1]
if redis.call('HGET', batch_key(batch), 'state') ~= 'receiving' then return 0 end
redis.call('HSET', batch_key(batch), 'state', 'dropped', 'forgotten', 0)
redis.call('SADD', P .. 'chores', batch)
return 1
