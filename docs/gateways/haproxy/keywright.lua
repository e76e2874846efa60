-- Asks Keywright whether a request may pass: http-request lua.keywright URL
-- Sets txn.keywright_allows when it may; else the client gets Keywright's refusal, or 503 when there is no answer.
local CARRIERS = { 'authorization', 'x-api-key', 'user-agent' }
local IDENTITY = { 'x-key-id', 'x-key-owner', 'x-key-account', 'x-key-project', 'x-key-permission' }
local REFUSAL = {
  'content-type', 'cache-control', 'www-authenticate', 'retry-after', 'ratelimit', 'ratelimit-policy', 'keywright-limits',
  'x-key-reason', 'x-request-id',
}

-- HAProxy counts the values of a header from 0.
local function each(values, act)
  if values == nil then return end
  for n = 0, #values do act(values[n]) end
end

local function ask(txn, url)
  local given = txn.http:req_get_headers()
  local headers = {
    ['x-forwarded-method'] = { txn.f:method() },
    ['x-forwarded-uri'] = { txn.f:pathq() },
    ['x-forwarded-for'] = { txn.f:src() },
  }
  for _, name in ipairs(CARRIERS) do
    local values = {}
    each(given[name], function(value) values[#values + 1] = value end)
    if #values > 0 then headers[name] = values end
  end
  return core.httpclient():get({ url = url, headers = headers, timeout = 500 })
end

local function allow(txn, answer)
  for _, name in ipairs(IDENTITY) do
    txn.http:req_del_header(name)
    each(answer.headers[name], function(value) txn.http:req_add_header(name, value) end)
  end
  txn:set_var('txn.keywright_allows', true)
end

local function refuse(txn, answer)
  local reply = txn:reply()
  -- Keywright says 503, with its reason, when it can not know.
  local isRefusal = answer.status >= 400 and answer.status < 500 or answer.status == 503
  reply:set_status(isRefusal and answer.status or 503)
  if isRefusal then
    for _, name in ipairs(REFUSAL) do
      each(answer.headers[name], function(value) reply:add_header(name, value) end)
    end
    reply:set_body(answer.body or '')
  end
  txn:done(reply)
end

core.register_action('keywright', { 'http-req' }, function(txn, url)
  local answer = ask(txn, url)
  if answer.status >= 200 and answer.status < 300 then allow(txn, answer) else refuse(txn, answer) end
end, 1)
