-- What all three scripts share: the tokens of the file named after `--`, and one line of JSON at the end.
tokens = {}

function read_tokens(args)
  for line in io.lines(args[1]) do tokens[#tokens + 1] = line end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"perSecond": %.1f, "p99Ms": %.2f, "errors": %d}\n', summary.requests / (summary.duration / 1e6),
    latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
