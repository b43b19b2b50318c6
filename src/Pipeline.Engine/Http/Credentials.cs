using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pipeline.Engine.Chdb;

namespace Pipeline.Engine.Http;

/// <summary>The one user of an engine. Credentials come as headers, as basic authentication or in the URL, in this order.</summary>
sealed class Credentials(string user, string? password)
{
    readonly byte[] _passwordHash = SHA256.HashData(Encoding.UTF8.GetBytes(password ?? ""));

    /// <returns>Null when the request may go on.</returns>
    public ChdbError? Check(HttpRequest request)
    {
        var (name, key) = Read(request);

        // Compared as hashes, in constant time: neither the password's length nor its first letters show.
        var isRight = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(key)), _passwordHash);
        return isRight && string.Equals(name, user, StringComparison.Ordinal)
            ? null
            : ChdbError.Of(
                516, "AUTHENTICATION_FAILED",
                $"{name}: Authentication failed: password is incorrect, or there is no user with such name.");
    }

    static (string Name, string Key) Read(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.ContainsKey("X-ClickHouse-User") || headers.ContainsKey("X-ClickHouse-Key"))
        {
            return (OrDefault(headers["X-ClickHouse-User"]), headers["X-ClickHouse-Key"].ToString());
        }

        if (headers.Authorization.ToString() is var authorization
            && authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)
            && Base64.IsValid(authorization.AsSpan(6)))
        {
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(authorization[6..]));
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? (pair, "") : (pair[..colon], pair[(colon + 1)..]);
        }

        return (OrDefault(request.Query["user"]), request.Query["password"].ToString());
    }

    static string OrDefault(string? name) => string.IsNullOrEmpty(name) ? "default" : name;
}
