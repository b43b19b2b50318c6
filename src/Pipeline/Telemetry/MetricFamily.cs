using System.Globalization;
using System.Text;

namespace Pipeline.Telemetry;

enum MetricKind
{
    Counter = 0,
    Gauge,
    Histogram,
}

/// <summary>One metric with all its series. Not safe by itself: the exporter's lock guards it.</summary>
/// <param name="accumulates">Whether measurements are increments rather than values.</param>
/// <param name="isObserved">Whether it is read at scrape time, so that a series that is not reported any more is gone.</param>
sealed class MetricFamily(string name, string help, MetricKind kind, bool accumulates, bool isObserved, double[] buckets)
{
    readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);

    public string Name => name;

    /// <summary>The labels as the text format writes them between the braces: ordered by name, values escaped.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags, bool fold)
    {
        if (tags.Length == 0)
        {
            return "";
        }

        var ordered = tags.ToArray();
        Array.Sort(ordered, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var text = new StringBuilder();
        foreach (var (key, value) in ordered)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(key).Append("=\"");
            Escape(text, fold ? "other" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", isLabel: true);
            text.Append('"');
        }

        return text.ToString();
    }

    /// <summary>False when this would be a new series beyond <paramref name="maxSeries"/>; nothing is recorded then.</summary>
    public bool Record(double value, string labels, int maxSeries)
    {
        if (!_series.TryGetValue(labels, out var series))
        {
            if (_series.Count >= maxSeries)
            {
                return false;
            }

            series = new Series(kind == MetricKind.Histogram ? new long[buckets.Length] : []);
            _series.Add(labels, series);
        }

        if (kind != MetricKind.Histogram)
        {
            series.Value = accumulates ? series.Value + value : value;
            return true;
        }

        series.Value += value;
        series.Count++;
        var bucket = Array.FindIndex(buckets, b => value <= b);
        if (bucket >= 0)
        {
            series.Buckets[bucket]++;
        }

        return true;
    }

    public void ForgetObserved()
    {
        if (isObserved)
        {
            _series.Clear();
        }
    }

    public void Write(StringBuilder text)
    {
        text.Append("# HELP ").Append(name).Append(' ');
        Escape(text, help, isLabel: false);
        text.Append("\n# TYPE ").Append(name).Append(' ').Append(kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        }).Append('\n');
        foreach (var (labels, series) in _series)
        {
            if (kind == MetricKind.Histogram)
            {
                WriteHistogram(text, labels, series);
            }
            else
            {
                Line(text, "", labels, "", series.Value);
            }
        }
    }

    void WriteHistogram(StringBuilder text, string labels, Series series)
    {
        var below = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            below += series.Buckets[i];
            Line(text, "_bucket", labels, Number(buckets[i]), below);
        }

        Line(text, "_bucket", labels, "+Inf", series.Count);
        Line(text, "_sum", labels, "", series.Value);
        Line(text, "_count", labels, "", series.Count);
    }

    void Line(StringBuilder text, string suffix, string labels, string le, double value)
    {
        text.Append(name).Append(suffix);
        if (labels.Length + le.Length > 0)
        {
            text.Append('{').Append(labels);
            if (le.Length > 0)
            {
                text.Append(labels.Length > 0 ? "," : "").Append("le=\"").Append(le).Append('"');
            }

            text.Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    static void Escape(StringBuilder text, string value, bool isLabel)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '"' when isLabel => text.Append("\\\""),
                _ => text.Append(c),
            };
        }
    }

    sealed class Series(long[] buckets)
    {
        /// <summary>The value; for a histogram the sum.</summary>
        public double Value { get; set; }

        public long Count { get; set; }

        /// <summary>Measurements per bucket, not cumulative.</summary>
        public long[] Buckets { get; } = buckets;
    }
}
