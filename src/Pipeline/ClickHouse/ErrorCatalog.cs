using System.Collections.Frozen;

namespace Pipeline.ClickHouse;

/// <summary>
/// Which error asks for what. Names come first, numbers second: names stay, and newer numbers were not all verified. Sources:
/// ClickHouse's ErrorCodes.cpp; the
/// retry lists of clickhouse-java (client-v2) and clickhouse-kafka-connect; the placement of the rest is our judgement.
/// </summary>
static class ErrorCatalog
{
    static readonly (ErrorClass Class, (int Code, string Name)[] Errors)[] s_classes =
    [
        (ErrorClass.Retry,
        [
            (3, "UNEXPECTED_END_OF_FILE"), (40, "CHECKSUM_DOESNT_MATCH"), (95, "CANNOT_READ_FROM_SOCKET"),
            (96, "CANNOT_WRITE_TO_SOCKET"),
            (107, "FILE_DOESNT_EXIST"), (159, "TIMEOUT_EXCEEDED"), (164, "READONLY"), (173, "CANNOT_ALLOCATE_MEMORY"),
            (198, "DNS_ERROR"),
            (201, "QUOTA_EXCEEDED"), (201, "QUOTA_EXPIRED"), (202, "TOO_MANY_SIMULTANEOUS_QUERIES"), (203, "NO_FREE_CONNECTION"),
            (209, "SOCKET_TIMEOUT"), (210, "NETWORK_ERROR"), (216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING"),
            (225, "NO_ZOOKEEPER"), (236, "ABORTED"),
            (241, "MEMORY_LIMIT_EXCEEDED"), (242, "TABLE_IS_READ_ONLY"), (252, "TOO_MANY_PARTS"), (254, "NO_ACTIVE_REPLICAS"),
            (265, "NO_AVAILABLE_REPLICA"), (279, "ALL_CONNECTION_TRIES_FAILED"), (285, "TOO_FEW_LIVE_REPLICAS"),
            (286, "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE"), (297, "SHARD_HAS_NO_CONNECTIONS"), (319, "UNKNOWN_STATUS_OF_INSERT"),
            (364, "RECEIVED_ERROR_TOO_MANY_REQUESTS"), (369, "ALL_REPLICAS_ARE_STALE"), (373, "SESSION_IS_LOCKED"),
            (384, "PART_IS_TEMPORARILY_LOCKED"),
            (394, "QUERY_WAS_CANCELLED"), (416, "REPLICA_STATUS_CHANGED"), (425, "SYSTEM_ERROR"), (439, "CANNOT_SCHEDULE_TASK"),
            (473, "DEADLOCK_AVOIDED"), (499, "S3_ERROR"), (517, "CANNOT_ASSIGN_ALTER"), (519, "NO_REMOTE_SHARD_AVAILABLE"),
            (733, "TABLE_IS_BEING_RESTARTED"), (735, "QUERY_WAS_CANCELLED_BY_CLIENT"), (745, "SERVER_OVERLOADED"),
            (999, "KEEPER_EXCEPTION"),
            (1002, "UNKNOWN_EXCEPTION"),
        ]),
        (ErrorClass.Pause, [(204, "CANNOT_FSYNC"), (243, "NOT_ENOUGH_SPACE"), (415, "ALL_REPLICAS_LOST")]),
        (ErrorClass.Data,
        [
            (6, "CANNOT_PARSE_TEXT"), (7, "INCORRECT_NUMBER_OF_COLUMNS"), (25, "CANNOT_PARSE_ESCAPE_SEQUENCE"),
            (26, "CANNOT_PARSE_QUOTED_STRING"),
            (27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED"), (33, "CANNOT_READ_ALL_DATA"), (38, "CANNOT_PARSE_DATE"),
            (41, "CANNOT_PARSE_DATETIME"),
            (69, "ARGUMENT_OUT_OF_BOUND"), (70, "CANNOT_CONVERT_TYPE"), (72, "CANNOT_PARSE_NUMBER"), (117, "INCORRECT_DATA"),
            (128, "TOO_LARGE_ARRAY_SIZE"), (131, "TOO_LARGE_STRING_SIZE"), (190, "SIZES_OF_ARRAYS_DONT_MATCH"),
            (190, "SIZES_OF_ARRAYS_DOESNT_MATCH"),
            (321, "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE"), (349, "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN"),
            (354, "ZLIB_INFLATE_FAILED"),
            (376, "CANNOT_PARSE_UUID"), (407, "DECIMAL_OVERFLOW"), (441, "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING"),
            (467, "CANNOT_PARSE_BOOL"),
            (469, "VIOLATED_CONSTRAINT"),
        ]),
        (ErrorClass.Schema,
        [
            (8, "THERE_IS_NO_COLUMN"), (10, "NOT_FOUND_COLUMN_IN_BLOCK"), (16, "NO_SUCH_COLUMN_IN_TABLE"),
            (20, "NUMBER_OF_COLUMNS_DOESNT_MATCH"),
            (47, "UNKNOWN_IDENTIFIER"), (53, "TYPE_MISMATCH"), (60, "UNKNOWN_TABLE"), (81, "UNKNOWN_DATABASE"),
            (122, "INCOMPATIBLE_COLUMNS"),
            (218, "TABLE_IS_DROPPED"), (390, "CANNOT_GET_CREATE_TABLE_QUERY"),
        ]),
        (ErrorClass.Configuration,
        [
            (36, "BAD_ARGUMENTS"), (43, "ILLEGAL_TYPE_OF_ARGUMENT"), (44, "ILLEGAL_COLUMN"), (46, "UNKNOWN_FUNCTION"),
            (48, "NOT_IMPLEMENTED"),
            (49, "LOGICAL_ERROR"), (50, "UNKNOWN_TYPE"), (57, "TABLE_ALREADY_EXISTS"), (62, "SYNTAX_ERROR"),
            (73, "UNKNOWN_FORMAT"), (115, "UNKNOWN_SETTING"),
            (192, "UNKNOWN_USER"), (193, "WRONG_PASSWORD"), (194, "REQUIRED_PASSWORD"), (195, "IP_ADDRESS_NOT_ALLOWED"),
            (229, "QUERY_IS_TOO_LARGE"),
            (291, "DATABASE_ACCESS_DENIED"), (452, "SETTING_CONSTRAINT_VIOLATION"), (455, "SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY"),
            (456, "UNKNOWN_QUERY_PARAMETER"), (457, "BAD_QUERY_PARAMETER"), (472, "READONLY_SETTING"), (497, "ACCESS_DENIED"),
            (516, "AUTHENTICATION_FAILED"),
        ]),
        (ErrorClass.Deduplicated, [(389, "INSERT_WAS_DEDUPLICATED")]),
    ];

    static readonly FrozenDictionary<string, ErrorClass> s_byName =
        s_classes.SelectMany(c => c.Errors, (c, e) => (e.Name, c.Class)).ToFrozenDictionary(e => e.Name, e => e.Class);

    static readonly FrozenDictionary<int, (string Name, ErrorClass Class)> s_byCode =
        s_classes.SelectMany(c => c.Errors, (c, e) => (e.Code, e.Name, c.Class)).DistinctBy(e => e.Code)
            .ToFrozenDictionary(e => e.Code, e => (e.Name, e.Class));

    /// <summary>The name of a number where the text gives none (servers before 20.x); else <c>CODE_n</c>.</summary>
    public static string NameOf(int code) => s_byCode.TryGetValue(code, out var known) ? known.Name : $"CODE_{code}";

    /// <summary>The class of an error; a few numbers have two meanings, which only the text tells apart.</summary>
    public static ErrorClass Classify(int code, string name, string message)
    {
        // A read-only replica heals; a user or a session in readonly mode does not.
        if (name == "READONLY" && message.Contains("readonly mode", StringComparison.OrdinalIgnoreCase))
        {
            return ErrorClass.Configuration;
        }

        if (name == "TOO_MANY_PARTS" && message.Contains("Too many partitions for single INSERT block",
            StringComparison.OrdinalIgnoreCase))
        {
            return ErrorClass.Split;
        }

        return s_byName.TryGetValue(name, out var byName) ? byName
            : s_byCode.TryGetValue(code, out var byCode) ? byCode.Class
            : ErrorClass.Unknown;
    }
}
