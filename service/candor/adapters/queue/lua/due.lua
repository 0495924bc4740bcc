-- ARGV: how many, lease in ms, most dead letters. Returns name, generation, attempt, tries, event, url, kind,
-- subject of each.
local out = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', P .. 'hooks', '-inf', NOW, 'LIMIT', 0, number(ARGV[1]))) do
  local key = P .. 'hook:' .. name
  -- Its sender went silent in the middle: nobody knows what the receiver saw.
  if redis.call('HGET', key, 'state') == 'sending' then redis.call('HINCRBY', key, 'generation', 1) end
  redis.call('HSET', key, 'state', 'sending')
  local attempt = redis.call('HINCRBY', key, 'attempt', 1)
  local tries = redis.call('HINCRBY', key, 'tries', 1)
  redis.call('ZADD', P .. 'hooks', NOW + number(ARGV[2]), name)
  local h = redis.call('HMGET', key, 'generation', 'event', 'url', 'kind', 'subject')
  out[#out + 1] = {name, h[1], attempt, tries, h[2], h[3], h[4], h[5]}
end
return out
