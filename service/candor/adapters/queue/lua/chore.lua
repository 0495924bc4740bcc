-- One step of long work on a batch: its jobs are lined up, cancelled or forgotten a few at a time,
-- and whoever tidies next goes on where this stopped. Returns 1 when nothing is left.
local batch, most, ttl = ARGV[1], number(ARGV[2]), number(ARGV[3])
local key = batch_key(batch)
local b = redis.call('HMGET', key, 'state', 'total', 'flag', 'queued', 'cut', 'tenant', 'priority', 'forgotten')
local function finished()
  redis.call('SREM', P .. 'chores', batch)
  return 1
end
if not b[1] then return finished() end
local total = number(b[2])
if b[8] then
  local from = number(b[8])
  local to = math.min(from + most, total)
  for i = from, to - 1 do
    local id = batch .. '.' .. i
    end_job(id, 'cancelled', '', '', '', '', ttl)
    forget_job(id)
  end
  redis.call('HSET', key, 'forgotten', to)
  if to < total then return 0 end
  redis.call('ZREM', P .. 'expiry', batch)
  redis.call('ZREM', P .. 'batches:' .. b[6], batch)
  redis.call('DEL', key)
  return finished()
end
if b[3] then
  local from = number(b[5])
  local to = math.min(from + most, total)
  for i = from, to - 1 do end_with_batch(batch .. '.' .. i, b[3], ttl) end
  redis.call('HSET', key, 'cut', to)
  if to < total then return 0 end
  return finished()
end
local from = number(b[4])
local to = math.min(from + most, total)
for i = from, to - 1 do
  local id = batch .. '.' .. i
  if redis.call('HGET', job_key(id), 'state') == 'held' then
    count('held', -1)
    enqueue(id, b[6], b[7])
  end
end
redis.call('HSET', key, 'queued', to)
if to < total then return 0 end
return finished()
