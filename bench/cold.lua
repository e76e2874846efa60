-- Forward-auth with a cold cache: each key once, in turn.
package.path = debug.getinfo(1, 'S').source:match('@(.*)/') .. '/?.lua'
require 'report'

function init(args)
  read_tokens(args)
  at = 0
end

function request()
  at = at % #tokens + 1
  return wrk.format('GET', '/v1/auth', {
    ['Authorization'] = 'Bearer ' .. tokens[at],
    ['X-Forwarded-Method'] = 'GET',
    ['X-Forwarded-Proto'] = 'https',
    ['X-Forwarded-Host'] = 'api.example.com',
    ['X-Forwarded-Uri'] = '/forecasts/oslo?days=3',
    ['X-Forwarded-For'] = '203.0.113.24',
  })
end
