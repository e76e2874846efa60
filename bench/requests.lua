-- Sends the requests of the file named after `--`, which NULs part: each once in turn (`in-turn` after it), or at random.
requests = {}

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  for one in file:read('*a'):gmatch('[^%z]+') do requests[#requests + 1] = one end
  file:close()
  in_turn = args[2] == 'in-turn'
  at = 0
  math.randomseed(42)
end

function request()
  at = in_turn and at % #requests + 1 or math.random(#requests)
  return requests[at]
end

-- One line of JSON at the end.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"perSecond": %.1f, "p99Ms": %.3f, "errors": %d}\n', summary.requests / (summary.duration / 1e6),
    latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
