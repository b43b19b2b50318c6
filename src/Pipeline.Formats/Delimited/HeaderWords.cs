namespace Pipeline.Formats.Delimited;

/// <summary>
/// What a text looks like to somebody who looks for names of columns: words that such names are made of, and the shape of texts that are codes.
/// </summary>
static class HeaderWords
{
    /// <summary>Longer texts have no shape: they are sentences.</summary>
    public const int MaxShaped = 64;

    /// <summary>Words that stand in names of columns far more often than in values.</summary>
    static readonly HashSet<string> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        "id", "ids", "uid", "uuid", "guid", "key", "code", "name", "names", "firstname", "lastname", "surname", "username", "title", "label",
        "description", "desc", "comment", "comments", "note", "notes", "remarks", "type", "kind", "category", "class", "group", "status", "date",
        "time", "datetime", "timestamp", "year", "month", "day", "hour", "created", "updated", "modified", "start", "end", "begin", "country",
        "city", "state", "region", "county", "province", "continent", "address", "street", "zip", "zipcode", "postcode", "postal", "phone",
        "telephone", "fax", "email", "mail", "url", "uri", "link", "website", "latitude", "longitude", "lat", "lon", "lng", "age", "gender", "sex",
        "price", "cost", "amount", "total", "sum", "count", "quantity", "qty", "number", "num", "value", "unit", "units", "currency", "rate",
        "percent", "score", "rank", "size", "width", "height", "length", "weight", "color", "colour", "brand", "product", "item", "sku", "order",
        "customer", "client", "supplier", "vendor", "company", "organisation", "organization", "department", "employee", "user", "author",
        "publisher", "language", "species", "source", "target", "version", "index", "position", "entity", "population",
        "col", "column", "field", "header", "var", "variable", "attribute", "feature", "nombre", "apellido", "fecha", "ciudad", "nom", "prenom", "ville", "datum", "vorname", "nachname", "ort", "plz", "betrag", "menge", "land",
        "naam", "navn", "nome", "cognome", "data", "codice", "codigo", "nummer", "numero", "anzahl", "bezeichnung", "preis", "precio", "prix",
    };

    /// <summary>Words for kinds of things: alone they name a list of them, within a text they are part of a name of one (<c>Central Park</c>).</summary>
    static readonly HashSet<string> s_categories = new(StringComparer.OrdinalIgnoreCase)
    {
        "account", "action", "activity", "actor", "agency", "airline", "airport", "album", "animal", "app", "area", "artist", "asset", "bank", "bird",
        "book", "branch", "building", "campus", "car", "case", "channel", "club", "commodity", "course", "crime", "crop", "dept", "disease", "district",
        "division", "domain", "drug", "file", "film", "flight", "food", "fruit", "genre", "holiday", "hospital", "hotel", "industry", "ingredient",
        "instrument", "island", "job", "keyword", "lake", "library", "location", "manager", "market", "material", "member", "metal", "mountain",
        "movie", "museum", "nationality", "neighborhood", "neighbourhood", "occupation", "office", "owner", "park", "party", "person", "place",
        "planet", "plant", "platform", "player", "port", "president", "profession", "program", "project", "question", "recipe", "religion",
        "restaurant", "river", "road", "role", "room", "route", "school", "section", "sector", "service", "site", "skill", "song", "sport",
        "stadium", "station", "store", "subject", "symbol", "tag", "task", "team", "term", "theme", "town", "train", "tree", "university", "vehicle",
        "village", "wine", "word", "zone",
    };

    static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_spans = s_words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether one of its words (<c>first_name</c>, <c>firstName</c>, <c>First Name</c>) is usual in names, and there are few of them.</summary>
    public static bool IsUsual(string text)
    {
        var words = 0;
        var usual = false;
        for (var start = 0; start < text.Length;)
        {
            while (start < text.Length && !char.IsLetter(text[start]))
            {
                start++;
            }

            var end = start;
            while (end < text.Length && char.IsLetter(text[end]) && !(end > start && char.IsUpper(text[end]) && char.IsLower(text[end - 1])))
            {
                end++;
            }

            words += end > start ? 1 : 0;
            usual |= s_spans.Contains(text.AsSpan(start, end - start));
            start = end;
        }

        return usual && words <= 5;
    }

    /// <summary>Whether it is one word for a kind of things, or several of them.</summary>
    public static bool IsCategory(string text) => s_categories.Contains(text) || (text.EndsWith('s') && s_categories.Contains(text[..^1]));

    /// <summary>
    /// The shape of a text that is a code: runs of letters and digits as one letter each; a slash for paths of any kind (<c>image/png</c>). Null for
    /// other texts without digits, which have the shape of any word.
    /// </summary>
    public static string? ShapeOf(string text)
    {
        Span<char> buffer = stackalloc char[MaxShaped];
        return ShapeOf(text, buffer) is { Length: > 0 } shape ? new string(shape) : null;
    }

    /// <summary>The shape of a text, in a buffer of <see cref="MaxShaped"/>; empty where <see cref="ShapeOf(string)"/> is null.</summary>
    public static ReadOnlySpan<char> ShapeOf(string text, Span<char> buffer)
    {
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return "://";
        }

        var at = text.IndexOf('@');
        if (at > 0 && text.IndexOf('.', at) > 0 && !text.Contains(' '))
        {
            return "@";
        }

        if (text.AsSpan().Trim('/').Contains('/') && !text.Contains(' '))
        {
            return "/";
        }

        if (text.Length > MaxShaped || !text.AsSpan().ContainsAnyInRange('0', '9'))
        {
            return [];
        }

        var length = 0;
        foreach (var c in text)
        {
            var kind = char.IsDigit(c) ? '9' : char.IsUpper(c) ? 'A' : char.IsLetter(c) ? 'a' : c;
            if (length == 0 || buffer[length - 1] != kind || kind is not ('9' or 'A' or 'a'))
            {
                buffer[length++] = kind;
            }
        }

        return buffer[..length];
    }
}
