-- JSON verify as an application sends it: a random key of the file.
package.path = debug.getinfo(1, 'S').source:match('@(.*)/') .. '/?.lua'
require 'report'

function init(args)
  read_tokens(args)
  math.randomseed(42)
end

function request()
  local body = string.format('{"credential":"%s","method":"GET","address":"203.0.113.24"}', tokens[math.random(#tokens)])
  return wrk.format('POST', '/v1/verify', { ['Content-Type'] = 'application/json' }, body)
end
