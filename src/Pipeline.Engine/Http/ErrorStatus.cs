namespace Pipeline.Engine.Http;

/// <summary>The HTTP status that a ClickHouse server answers an error code with.</summary>
static class ErrorStatus
{
    public static int Of(int code) => code switch
    {
        194 => 401,                                             // REQUIRED_PASSWORD
        192 or 193 or 497 or 512 or 516 => 403,                 // user, password, role, access
        6 or 25 or 26 or 27 or 38 or 41 or 72 or 376 => 400,    // CANNOT_PARSE_…
        441 or 675 or 676 => 400,                               // CANNOT_PARSE_DOMAIN_VALUE…, IPV4, IPV6
        8 or 15 or 36 or 44 or 53 or 62 or 117 or 427 => 400,   // columns, arguments, syntax, data, regular expressions
        37 or 123 or 167 or 168 or 223 or 321 => 400,           // syntax trees; VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        46 or 47 or 50 or 56 or 60 or 63 or 73 or 78 => 404,    // UNKNOWN_…
        81 or 115 or 152 or 336 or 511 => 404,
        229 => 413,                                             // QUERY_IS_TOO_LARGE
        48 => 501,                                              // NOT_IMPLEMENTED
        76 or 209 or 439 => 503,                                // CANNOT_OPEN_FILE, SOCKET_TIMEOUT, CANNOT_SCHEDULE_TASK
        159 => 408,                                             // TIMEOUT_EXCEEDED
        779 => 415,                                             // UNSUPPORTED_MEDIA_TYPE
        381 => 411,                                             // HTTP_LENGTH_REQUIRED
        _ => 500,
    };
}
