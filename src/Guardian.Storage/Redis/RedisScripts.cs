namespace Guardian.Storage.Redis;

/// <summary>The scripts that guard what is written. Each is short: Redis does nothing else while one runs.</summary>
internal static class RedisScripts
{
    /// <summary>Keys: marker, probe. Arguments: a new marker. Answers with the marker that counts.</summary>
    internal const string Probe = """
        redis.call('SET', KEYS[2], ARGV[1], 'PX', 60000)
        local marker = redis.call('GET', KEYS[1])
        if not marker then
          marker = ARGV[1]
          redis.call('SET', KEYS[1], marker)
        end
        return marker
        """;

    /// <summary>
    /// Keys: hashes. Arguments: channel; then for each key part (v or n), its order (<see cref="RedisKeys.Order"/>),
    /// payload, state, message. Refuses with 0 what is older than the part, or of an older epoch than the other part.
    /// Tells a changed state.
    /// </summary>
    internal const string Put = """
        local stored = {}
        for i, key in ipairs(KEYS) do
          local at = 5 * i - 3
          local part, order, state = ARGV[at], ARGV[at + 1], ARGV[at + 3]
          local k = redis.call('HMGET', key, 'vx', 'nx', 'state')
          local own, other = k[1], k[2]
          if part == 'n' then own, other = other, own end
          if (own and order < own) or (other and string.sub(order, 1, 30) < string.sub(other, 1, 30)) then
            stored[i] = 0
          else
            redis.call('HSET', key, part, ARGV[at + 2], part .. 'x', order)
            if state ~= '' and k[3] ~= state then
              redis.call('HSET', key, 'state', state)
              redis.call('PUBLISH', ARGV[1], ARGV[at + 4])
            end
            stored[i] = 1
          end
        end
        return stored
        """;

    /// <summary>
    /// Keys: halts, version. Arguments: id, what it should be now (empty: nothing), what it becomes, channel. Answers
    /// with 1, or with what it is.
    /// </summary>
    internal const string PutHalt = """
        local known = redis.call('HGET', KEYS[1], ARGV[1])
        if known == ARGV[3] then return 1 end
        if (known or '') ~= ARGV[2] then return known or '' end
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
        redis.call('PUBLISH', ARGV[4], redis.call('INCR', KEYS[2]))
        return 1
        """;

    /// <summary>Keys: halts, version. Arguments: id, what it should be now, channel. Deletes it if it is.</summary>
    internal const string RemoveHalt = """
        if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
        redis.call('HDEL', KEYS[1], ARGV[1])
        redis.call('PUBLISH', ARGV[3], redis.call('INCR', KEYS[2]))
        return 1
        """;

    /// <summary>
    /// Keys: directory, version. Arguments: channel; then field, order (of fixed length), value for each entry. Keeps
    /// what has a higher order; tells when something changed. Answers with how many were newer.
    /// </summary>
    internal const string PutDirectory = """
        local changed = 0
        for i = 2, #ARGV, 3 do
          local known = redis.call('HGET', KEYS[1], ARGV[i])
          if not known or string.sub(known, 1, 19) < ARGV[i + 1] then
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
            changed = changed + 1
          end
        end
        if changed > 0 then redis.call('PUBLISH', ARGV[1], redis.call('INCR', KEYS[2])) end
        return changed
        """;

    /// <summary>
    /// Keys: writers. Arguments: silo, position that should be there, new position. Answers 0 where another is there:
    /// the data is not what this silo wrote last.
    /// </summary>
    internal const string Advance = """
        if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
        return 1
        """;

    /// <summary>
    /// Keys: record. Arguments: expected version (empty: no record), payload, checksum. Answers with the new version,
    /// or with the negative of the stored one. A payload that is empty clears the record and keeps its version.
    /// </summary>
    internal const string PutRecord = """
        local k = redis.call('HMGET', KEYS[1], 'version', 'payload')
        local version, stored = k[1] or '0', ''
        if k[2] then stored = version end
        if stored ~= ARGV[1] then return -tonumber(version) - 1 end
        if ARGV[2] == '' then
          redis.call('HDEL', KEYS[1], 'payload', 'checksum')
          return redis.call('HINCRBY', KEYS[1], 'version', 1)
        end
        redis.call('HSET', KEYS[1], 'payload', ARGV[2], 'checksum', ARGV[3])
        return redis.call('HINCRBY', KEYS[1], 'version', 1)
        """;
}
