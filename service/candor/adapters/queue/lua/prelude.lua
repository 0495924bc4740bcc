-- In front of every script. KEYS[1] is what all keys begin with: its {tag} keeps them in one slot
-- of a cluster, so that scripts may form the others themselves.
local P = KEYS[1]
local GROUP = 'workers'
local DEPTH = P .. 'depth'
local stamp = redis.call('TIME')
local NOW = stamp[1] * 1000 + math.floor(stamp[2] / 1000)

local function job_key(id) return P .. 'job:' .. id end
local function batch_key(id) return P .. 'batch:' .. id end
local function lane_key(priority, tenant) return P .. 'lane:' .. priority .. ':' .. tenant end
-- The sum makes 0 of Lua's -0, which Redis takes for no number.
local function count(field, by) return redis.call('HINCRBY', DEPTH, field, by + 0) end
local function is_ended(state)
  return state == 'done' or state == 'failed' or state == 'cancelled'
end
local function number(value) return tonumber(value or '0') or 0 end

-- A number that falls to nothing leaves no field behind: there are as many as tenants.
local function count_tenant(tenant, by)
  if count('tenant:' .. tenant, by) <= 0 then redis.call('HDEL', DEPTH, 'tenant:' .. tenant) end
end

local function has_room(tenant, more, bytes, most, most_of_tenant, most_bytes)
  local waiting = 0
  for _, n in ipairs(redis.call('HMGET', DEPTH, 'waiting:high', 'waiting:normal', 'waiting:low', 'held')) do
    waiting = waiting + number(n)
  end
  if number(redis.call('HGET', DEPTH, 'tenant:' .. tenant)) + more > most_of_tenant then return 'tenant' end
  if waiting + more > most then return 'full' end
  if number(redis.call('HGET', DEPTH, 'bytes')) + bytes > most_bytes then return 'bytes' end
  return nil
end

-- Puts a job at the end of its tenant's line, and its tenant at the end of the round.
local function enqueue(id, tenant, priority)
  local lane = lane_key(priority, tenant)
  if redis.call('EXISTS', lane) == 0 then
    redis.call('XGROUP', 'CREATE', lane, GROUP, '0', 'MKSTREAM')
    redis.call('SADD', P .. 'lanes', lane)
  end
  local entry = redis.call('XADD', lane, '*', 'id', id)
  redis.call('HSET', job_key(id), 'lane', lane, 'entry', entry, 'state', 'waiting')
  count('waiting:' .. priority, 1)
  redis.call('ZADD', P .. 'turns:' .. priority, 'NX', count('turn', 1), tenant)
end

local function leave_lane(lane, entry)
  if not lane then return end
  redis.call('XACK', lane, GROUP, entry)
  redis.call('XDEL', lane, entry)
  if redis.call('XLEN', lane) == 0 then
    redis.call('DEL', lane)
    redis.call('SREM', P .. 'lanes', lane)
  end
end

local function bury(kind, id, tenant, reason, most)
  local letter = cjson.encode({kind = kind, id = id, tenant = tenant, reason = reason, at = NOW})
  redis.call('LPUSH', P .. 'dead', letter)
  redis.call('LTRIM', P .. 'dead', 0, most - 1)
end

local function tell(kind, id, event, url, events)
  if not url or not string.find(events or '', ' ' .. event .. ' ', 1, true) then return end
  local name = 'evt_' .. id
  redis.call('HSET', P .. 'hook:' .. name, 'kind', kind, 'subject', id, 'url', url, 'event', event,
    'attempt', 0, 'tries', 0, 'generation', 1, 'state', 'waiting')
  redis.call('ZADD', P .. 'hooks', NOW, name)
end

local function count_in_batch(batch, from, to, ttl)
  local key = batch_key(batch)
  redis.call('HINCRBY', key, from, -1)
  redis.call('HINCRBY', key, to, 1)
  local b = redis.call('HMGET', key, 'waiting', 'running', 'state', 'flag', 'url', 'events', 'ended')
  if number(b[1]) > 0 or number(b[2]) > 0 or b[3] ~= 'running' or b[7] then return end
  redis.call('HSET', key, 'state', b[4] and 'cancelled' or 'ended', 'ended', NOW)
  redis.call('ZADD', P .. 'expiry', NOW + ttl, batch)
  tell('batch', batch, 'batch.ended', b[5], b[6])
end

-- The one place where a job ends: the first end counts. Everything that follows from it (the
-- acknowledgement, the counts, the webhook) is done here, so that it is done with it or not at all.
local function end_job(id, state, result, kind, detail, summary, ttl)
  local key = job_key(id)
  local h = redis.call('HMGET', key, 'state', 'lane', 'entry', 'tenant', 'priority', 'size', 'batch', 'url', 'events')
  local was = h[1]
  if not was or is_ended(was) then return 0 end
  if was == 'running' then count('running', -1)
  elseif was == 'held' then count('held', -1)
  else count('waiting:' .. h[5], -1) end
  if was ~= 'running' then count_tenant(h[4], -1) end
  leave_lane(h[2], h[3])
  local size = #result + #summary
  count('bytes', size - number(h[6]))
  redis.call('HDEL', key, 'body', 'lane', 'entry')
  redis.call('HSET', key, 'state', state, 'ended', NOW, 'size', size, 'result', result,
    'summary', summary, 'error', kind, 'detail', detail)
  if h[7] then
    count_in_batch(h[7], was == 'running' and 'running' or 'waiting', state, ttl)
  else
    redis.call('ZADD', P .. 'expiry', NOW + ttl, id)
  end
  tell('job', id, 'job.' .. state, h[8], h[9])
  return 1
end

local function end_expired(id, ttl)
  return end_job(id, 'failed', '', 'expired', 'nobody worked on it in time', '', ttl)
end

-- `flag` says why the whole batch ends: 'cancelled' or 'expired'.
local function end_with_batch(id, flag, ttl)
  if flag == 'expired' then return end_expired(id, ttl) end
  return end_job(id, 'cancelled', '', '', '', '', ttl)
end

local function forget_job(id)
  count('bytes', -number(redis.call('HGET', job_key(id), 'size')))
  redis.call('DEL', job_key(id))
end

-- For a batch whose key was seen before: what to answer, or nil.
local function seen(idem, fingerprint)
  if idem == '' then return nil end
  local known = redis.call('HMGET', P .. 'idem:' .. idem, 'id', 'fingerprint')
  if not known[1] then return nil end
  if redis.call('EXISTS', job_key(known[1]), batch_key(known[1])) == 0 then return nil end
  if known[2] ~= fingerprint then return {'conflict'} end
  return {'known', known[1]}
end

local function remember(idem, fingerprint, id, ttl)
  if idem == '' then return end
  redis.call('HSET', P .. 'idem:' .. idem, 'id', id, 'fingerprint', fingerprint)
  redis.call('PEXPIRE', P .. 'idem:' .. idem, ttl)
end

local function list(kind, tenant, id)
  local serial = count('serial', 1)
  redis.call('ZADD', P .. kind .. ':' .. tenant, serial, id)
end
