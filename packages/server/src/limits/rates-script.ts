/**
 * Since when this Redis counts, and for how long that has been; in microseconds. Nodes that find it begun anew all wait until the same moment:
 * would some ask it while others still enforce their share, more would pass.
 */
export const SINCE_SCRIPT = `
local time = redis.call('TIME')
local at = string.format('%.0f', time[1] * 1000000 + time[2])
redis.call('SET', KEYS[1], at, 'NX')
return { redis.call('GET', KEYS[1]), at }
`;

/**
 * A node says that it counts here, and how many do, as of the last moment: those who do not have a share of their own.
 *
 * KEYS: where they stand. ARGV: the node, for how many milliseconds it counts, and 0 where it goes.
 */
export const PRESENT_SCRIPT = `
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', at)
if ARGV[2] == '0' then redis.call('ZREM', KEYS[1], ARGV[1])
else redis.call('ZADD', KEYS[1], at + ARGV[2], ARGV[1]) end
return redis.call('ZCARD', KEYS[1])
`;

/**
 * Charges a use to all buckets or to none, as `Rates` does in memory, by the clock of Redis: those of nodes differ. A holder is a hash of
 * how full its buckets are, by the names of its limits, and since when; it is gone when all are empty.
 *
 * KEYS: the holders. ARGV: the cost, what a use of one counts for, and `asking` where it is only asked for; then for each holder how many limits it has, and for each limit
 * its name, the uses that a microsecond gives back, its burst, and how full the bucket is at least, as the node knows.
 * Answers with 1 where the use passes, then how full each bucket is.
 */
export const RATES_SCRIPT = `
local time = redis.call('TIME')
local at = time[1] * 1000000 + time[2]
local shares = tonumber(ARGV[2])
local one = math.max(1, ARGV[1])
local cost, units = ARGV[1] * shares, one * shares
local place = 4
-- What a node knows better, and a time that lies ahead since the clock was set back, is written also where nothing is charged.
local holders, passes, mended = {}, true, false
for h, key in ipairs(KEYS) do
  local holder = { key = key, limits = {} }
  local names = { 'at' }
  for n = 1, tonumber(ARGV[place]) do
    local first = place + 4 * n - 3
    names[n + 1] = ARGV[first]
    holder.limits[n] = { name = ARGV[first], leak = tonumber(ARGV[first + 1]), burst = tonumber(ARGV[first + 2]), least = tonumber(ARGV[first + 3]) }
  end
  place = place + 4 * #holder.limits + 1
  local stored = redis.call('HMGET', key, unpack(names))
  local since = tonumber(stored[1] or at)
  local passed = math.max(0, at - since)
  mended = mended or since > at
  for n, limit in ipairs(holder.limits) do
    local filled = math.max(0, tonumber(stored[n + 1] or 0) - passed * limit.leak)
    if limit.least > filled then
      filled = limit.least
      mended = true
    end
    limit.filled = math.min(filled, limit.burst * shares)
    local room = one <= limit.burst and math.max(limit.burst, units) or limit.burst
    if limit.filled + units > room then passes = false end
  end
  holders[h] = holder
end
local charged = passes and ARGV[3] ~= 'asking' and cost or 0
local answer = { passes and 1 or 0 }
for _, holder in ipairs(holders) do
  local row, empty = { 'at', string.format('%.0f', at) }, 0
  for _, limit in ipairs(holder.limits) do
    limit.filled = limit.filled + charged
    empty = math.max(empty, limit.filled / limit.leak / 1000)
    row[#row + 1] = limit.name
    row[#row + 1] = string.format('%.17g', limit.filled)
    answer[#answer + 1] = row[#row]
  end
  if charged ~= 0 or mended then
    redis.call('HSET', holder.key, unpack(row))
    redis.call('PEXPIRE', holder.key, math.ceil(empty) + 1000)
  end
end
return answer
`;

/**
 * Charges what uses have cost more, up to a full bucket, or gives back what they have cost less, as `Rates` does in memory. Limits may have
 * been changed or set since, and by which a bucket leaks now is not known here: so it stays as of its time, and those of other names stay.
 * What has leaked of the uses since they were charged is not given back.
 *
 * KEYS: the holders. ARGV: how much more, and how many microseconds ago the uses were charged; then for each holder how many limits it had when the uses were charged, and for each limit its
 * name, the uses that a microsecond gave back, and its burst.
 */
export const SETTLE_SCRIPT = `
local time = redis.call('TIME')
local at = time[1] * 1000000 + time[2]
local units, ago = tonumber(ARGV[1]), math.max(0, ARGV[2])
local place = 3
for _, key in ipairs(KEYS) do
  local stored = redis.call('HGET', key, 'at')
  local passed = math.max(0, at - tonumber(stored or at))
  local row, empty = {}, 0
  for n = 1, tonumber(ARGV[place]) do
    local first = place + 3 * n - 2
    local name, leak, burst = ARGV[first], tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
    local known = stored and redis.call('HGET', key, name)
    if known or (units > 0 and not stored) then
      local filled = tonumber(known or 0)
      local after = math.max(0, filled - math.max(0, -units - ago * leak))
      if units > 0 then
        local leaked = passed * leak
        after = math.max(filled, math.min(burst + leaked, math.max(filled, leaked) + units))
      end
      row[#row + 1] = name
      row[#row + 1] = string.format('%.17g', after)
      empty = math.max(empty, after / leak / 1000)
    end
  end
  place = place + 3 * tonumber(ARGV[place]) + 1
  if #row > 0 then
    redis.call('HSET', key, 'at', stored or string.format('%.0f', at), unpack(row))
    redis.call('PEXPIRE', key, math.max(redis.call('PTTL', key), math.ceil(empty) + 1000))
  end
end
`;
