"""What must happen in Redis as a whole. Times are in milliseconds.

Of each piece of work there are four keys, in one slot of a cluster:

    held      `<token>:<holder>`, which runs out when nobody renews it
    last      the last token that was given: each is greater than those before
    told      what the last work gave: token, whether anybody may read it, report
    waiting   the processes that are to be woken
"""

CLAIM = """
local told = redis.call('HMGET', KEYS[3], 'token', 'for_all', 'report')
local token, after, since = tonumber(told[1] or 0), tonumber(ARGV[4]), tonumber(ARGV[5])
if token > after and (told[2] == '1' or (since > 0 and token >= since)) then
  return {'told', token, told[3]}
end
local left = redis.call('PTTL', KEYS[1])
if left >= 0 then
  redis.call('SADD', KEYS[4], ARGV[2])
  redis.call('PEXPIRE', KEYS[4], ARGV[6])
  local holder = redis.call('GET', KEYS[1])
  return {'held', tonumber(string.match(holder, '^%d+')), left}
end
token = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('SET', KEYS[1], token .. ':' .. ARGV[1], 'PX', ARGV[3])
return {'ours', token}
"""
"""Arguments: holder, process, length of a lease, `after`, the token for which the caller waited
(0 without one), how long tokens are remembered."""

_FENCE = """
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
if not held and tonumber(redis.call('GET', KEYS[2]) or 0) > tonumber(ARGV[2]) then return 0 end
"""
# A lease that ran out and that nobody has taken since is still its holder's: a Redis that was
# restarted has forgotten it.

RENEW = (
    _FENCE
    + """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
"""
)
"""Arguments: value, token, length of a lease, how long tokens are remembered."""

END = (
    _FENCE
    + """
redis.call('DEL', KEYS[1])
if ARGV[3] ~= '' then
  -- A Redis that is full looks at the first write of a script alone, which was the DEL.
  redis.call('HSET', KEYS[3], 'token', ARGV[2], 'for_all', ARGV[4], 'report', ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
end
for _, process in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  redis.call('PUBLISH', ARGV[6] .. process, ARGV[7])
end
redis.call('DEL', KEYS[4])
return 1
"""
)
"""Arguments: value, token, report (empty without one), 1 when anybody may read it, how long it
stays, beginning of the channels' names, what is said on them."""
