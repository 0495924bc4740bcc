-- What is over its time: uploads and ended work are forgotten, work that waited too long ends.
-- Returns the batches that have work left for `chore`.
local ttl = number(ARGV[1])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'expiry', '-inf', NOW, 'LIMIT', 0, 100)) do
  if string.sub(id, 1, 4) == 'bat_' then
    local state = redis.call('HGET', batch_key(id), 'state')
    if not state then
      redis.call('ZREM', P .. 'expiry', id)
    elseif state == 'running' then
      redis.call('HSET', batch_key(id), 'flag', 'expired', 'cut', 0)
      redis.call('ZADD', P .. 'expiry', NOW + ttl, id)
    else
      -- An upload that stands still takes no more.
      if state == 'receiving' then redis.call('HSET', batch_key(id), 'state', 'dropped') end
      redis.call('HSETNX', batch_key(id), 'forgotten', 0)
      redis.call('ZADD', P .. 'expiry', NOW + ttl, id)
    end
    redis.call('SADD', P .. 'chores', id)
  else
    local h = redis.call('HMGET', job_key(id), 'state', 'tenant')
    if h[1] == 'waiting' then
      end_expired(id, ttl)
    elseif h[1] == 'running' then
      redis.call('ZADD', P .. 'expiry', NOW + ttl, id)
    else
      redis.call('ZREM', P .. 'expiry', id)
      if h[1] then
        redis.call('ZREM', P .. 'jobs:' .. h[2], id)
        forget_job(id)
      end
    end
  end
end
return redis.call('SMEMBERS', P .. 'chores')
