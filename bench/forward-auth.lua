-- Forward-auth as a gateway sends it: a random key of the file, and the five headers that name the original request.
package.path = debug.getinfo(1, 'S').source:match('@(.*)/') .. '/?.lua'
require 'report'

function init(args)
  read_tokens(args)
  math.randomseed(42)
end

function request()
  return wrk.format('GET', '/v1/auth', {
    ['Authorization'] = 'Bearer ' .. tokens[math.random(#tokens)],
    ['X-Forwarded-Method'] = 'GET',
    ['X-Forwarded-Proto'] = 'https',
    ['X-Forwarded-Host'] = 'api.example.com',
    ['X-Forwarded-Uri'] = '/forecasts/oslo?days=3',
    ['X-Forwarded-For'] = '203.0.113.24',
  })
end
