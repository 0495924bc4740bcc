local worker, wanted, lease = ARGV[1], number(ARGV[2]), number(ARGV[3])
local most_deliveries, ttl, most_dead = number(ARGV[4]), number(ARGV[5]), number(ARGV[6])
local taken, poisoned = {}, 0

local function take(lane, entry, id)
  local key = job_key(id)
  local h = redis.call('HMGET', key, 'state', 'deliveries', 'batch', 'tenant', 'priority', 'entry')
  if not h[1] or is_ended(h[1]) or h[6] ~= entry then return leave_lane(lane, entry) end
  local flag = h[3] and redis.call('HGET', batch_key(h[3]), 'flag')
  if flag then return end_with_batch(id, flag, ttl) end
  if number(h[2]) >= most_deliveries then
    local why = 'given up after ' .. h[2] .. ' workers went down with it'
    bury('job', id, h[4], why, most_dead)
    poisoned = poisoned + end_job(id, 'failed', '', 'poisoned', why, '', ttl)
    return
  end
  if h[1] == 'waiting' then
    count('waiting:' .. h[5], -1)
    count('running', 1)
    count_tenant(h[4], -1)
    if h[3] then
      redis.call('HINCRBY', batch_key(h[3]), 'waiting', -1)
      redis.call('HINCRBY', batch_key(h[3]), 'running', 1)
    end
  end
  redis.call('HINCRBY', key, 'deliveries', 1)
  local attempt = redis.call('HINCRBY', key, 'attempt', 1)
  redis.call('HSET', key, 'state', 'running', 'started', NOW, 'worker', worker)
  taken[#taken + 1] = {id, attempt, h[4]}
end

-- First those whose worker went silent. All lanes are looked through a few times per lease only.
if redis.call('SET', P .. 'looked', '1', 'NX', 'PX', math.max(math.floor(lease / 5), 10)) then
  for _, lane in ipairs(redis.call('SMEMBERS', P .. 'lanes')) do
    local cursor = '0-0'
    repeat
      if #taken >= wanted then
        -- There may be more: whoever asks next looks again.
        redis.call('DEL', P .. 'looked')
        break
      end
      local found = redis.call('XAUTOCLAIM', lane, GROUP, worker, lease, cursor, 'COUNT', wanted - #taken)
      cursor = found[1]
      for _, one in ipairs(found[2]) do take(lane, one[1], one[2][2]) end
    until cursor == '0-0' or redis.call('EXISTS', lane) == 0
  end
end

-- Mostly the highest first; every tenth job begins with the lowest, every fifth with the middle,
-- so that none waits for ever.
local function order()
  local n = count('claims', 1) % 10
  if n == 0 then return {'low', 'normal', 'high'} end
  if n == 5 then return {'normal', 'high', 'low'} end
  return {'high', 'normal', 'low'}
end

-- The tenant whose turn it is gives one job and goes to the end of the round.
local function next_of(priority)
  local turns = P .. 'turns:' .. priority
  while true do
    local tenant = redis.call('ZPOPMIN', turns)[1]
    if not tenant then return false end
    local lane = lane_key(priority, tenant)
    if redis.call('EXISTS', lane) == 1 then
      local read = redis.call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', 1, 'STREAMS', lane, '>')
      if read then
        local entry = read[1][2][1]
        redis.call('ZADD', turns, count('turn', 1), tenant)
        take(lane, entry[1], entry[2][2])
        return true
      end
    end
  end
end

local steps = 0
while #taken < wanted and steps < 500 do
  steps = steps + 1
  local found = false
  for _, priority in ipairs(order()) do
    if next_of(priority) then
      found = true
      break
    end
  end
  if not found then break end
end
return {poisoned, taken}
