using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.Typing;

public sealed class TypeInferenceTests
{
    // A text that was seen before is only counted. The twin sees each for itself, and is put together.
    [Fact]
    public void Infer_TextsAgainAndAgain_SaysWhatEachSaysForItself()
    {
        string[][] pools =
        [
            ["1", "2", "-30", "0"], ["1.5", "2.25", "-0.125", "7"], ["1,234.50", "0.25", "12,000", "$5"], ["+1", "-2", "5"], ["2024-01-31", "1999-12-01", "2024-02-30"],
            ["01/02/2024", "13/02/2024", "03/04/2024"], ["2024-01-31T10:00:00Z", "2024-01-31 10:00:00.125", "2024-02-01T00:00:00Z"], ["a", "b", "NA", "", "-"],
            ["true", "false", "T", "F"], ["inf", "1.5", "nan", "1e5"], ["20240131", "20240201", "19991231"], ["5", "x", "1.5", "2024-01-31", "true", "", "1,5"],
        ];
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var pool = pools[seed % pools.Length];
            var strings = random.Next(3);
            using var profile = new ColumnProfile(seed % 2 == 0 ? "date" : "c");
            using var twin = new ColumnProfile(profile.Name);
            for (var line = 1; line <= 40; line++)
            {
                var text = System.Text.Encoding.UTF8.GetBytes(pool[random.Next(pool.Length)]);
                var kind = strings == 1 || (strings == 2 && random.Next(2) == 0) ? FieldKind.String : FieldKind.Text;
                profile.Observe(text, kind, line);
                using var one = new ColumnProfile(profile.Name);
                one.Observe(text, kind, line);
                twin.Merge(one);
            }

            TypeInference.Infer(profile).ToString().ShouldBe(TypeInference.Infer(twin).ToString(), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("Int64", "1", "-5", "0")]
    [InlineData("Int64", "9223372036854775807", "-9223372036854775808")]
    [InlineData("UInt64", "9223372036854775808", "1")]
    [InlineData("Int128", "9223372036854775808", "-1")]
    [InlineData("Int128", "170141183460469231731687303715884105727")]
    [InlineData("UInt128", "340282366920938463463374607431768211455")]
    [InlineData("String", "340282366920938463463374607431768211456")]
    [InlineData("String", "1", "00501")]
    [InlineData("String", "+1", "2")]
    [InlineData("Int64", "-0", "2")]
    [InlineData("Int64", "-0")]
    [InlineData("UInt64", "-0", "9223372036854775808")]
    [InlineData("Int64", "(0)", "1,234,567")]
    [InlineData("String", "-00", "2")]
    [InlineData("Decimal(18, 2)", "-0", "1.25")]
    [InlineData("Float64", "-0", "0.5129227915373271")]
    [InlineData("Float64", "-0", "1e-05")]
    [InlineData("String", "1e5", "2e7")]
    [InlineData("String", "12E5")]
    [InlineData("String", "1,000", "2")]
    [InlineData("Int64", "1 ", "2", " 30")]
    [InlineData("Nullable(Decimal(18, 3))", "28.980", " 29.861 ", "")]
    [InlineData("Int64", "+1", "-2", "+3")]
    [InlineData("String", "+28.980", " 29.861 ")]
    [InlineData("String", "+4915112345", "+4915112346")]
    [InlineData("Decimal(18, 1)", "+1.5", "2")]
    [InlineData("Decimal(18, 1)", "+1.5", ".5")]
    [InlineData("Int64", "1 234", "12 345 678", "5")]
    [InlineData("Int64", "1\u00A0234", "12\u00A0345")]
    [InlineData("Decimal(18, 2)", "1\u202F234,50", "0,25")]
    [InlineData("Decimal(18, 2)", "1'234.50", "12.00")]
    [InlineData("String", "1'234", "1 234")]
    [InlineData("Decimal(18, 2)", "234.50-", "345.00", "7.25-")]
    [InlineData("Decimal(18, 2)", "1.234,50-", "345,00")]
    [InlineData("String", "234-", "345")]
    [InlineData("String", "-234.50-", "345.00")]
    [InlineData("String", "234.50--", "345.00")]
    [InlineData("String", "1995-", "1999-")]
    [InlineData("Decimal(18, 2)", "$(1,234.50)", "$12.00")]
    [InlineData("String", "-$(1,234.50)", "$12.00")]
    [InlineData("String", "$-(1,234.50)", "$12.00")]
    [InlineData("String", "600 123 456", "600 123 457")]
    [InlineData("String", "123 45", "1 234")]
    [InlineData("String", "00 123", "1 234")]
    [InlineData("Nullable(Int64)", "1", "   ", "3")]
    [InlineData("Float64", "0.00E+00", "12.5E-03")]
    [InlineData("Float64", "8.379031744168380369e-02", "-4.242853999999999814e+01", "0.000000000000000000e+00")]
    [InlineData("String", "8.379031744168380369e-02", "8.379031744168380368e-02")]
    [InlineData("Float64", "1e5", "2.5")]
    [InlineData("String", "1e5", "7")]
    [InlineData("String", "1.5E400", "1.0")]
    [InlineData("String", "1.5E-400", "1.0")]
    [InlineData("Float64", "1", "inf")]
    [InlineData("String", "yes", "no", "no")]
    [InlineData("String", "Y", "N")]
    [InlineData("Bool", "T", "F", "F")]
    [InlineData("Nullable(Bool)", "T", "", "F")]
    [InlineData("String", "t", "t")]
    [InlineData("String", "T", "f")]
    [InlineData("String", "Yes", "No", "Unknown")]
    [InlineData("String", "Yes", "No", "NA", "unknown")]
    [InlineData("Nullable(Bool)", "t", "f", "NA")]
    [InlineData("Nullable(Bool)", "T", "F", "NULL")]
    [InlineData("Nullable(Bool)", "t", "f", @"\N", "")]
    [InlineData("String", "f", "f", "NA")]
    [InlineData("String", "yes", "No", "NA")]
    [InlineData("String", "Yes", "No", "Maybe")]
    [InlineData("String", "M", "F")]
    [InlineData("String", "Y", "1")]
    [InlineData("Decimal(18, 2)", "1.50", "2", "-3.1")]
    [InlineData("Decimal(18, 2)", "-0.00", "1.00")]
    [InlineData("Int64", "\u22125", "3")]
    [InlineData("Decimal(18, 2)", "\u22121.25", "3.5", "-2")]
    [InlineData("Decimal(18, 3)", "\u22121.234", "2.345")]
    [InlineData("Decimal(18, 2)", "\u2212$1.50", "$\u22122", "$3.25")]
    [InlineData("Decimal(18, 1)", "\u22121.234,5", "0,5")]
    [InlineData("String", "\u221207", "3")]
    [InlineData("String", "1\u22122", "3\u22124")]
    [InlineData("String", "\u2212", "5")]
    [InlineData("String", "\u2212\u22125", "5")]
    [InlineData("String", "\u20135", "3")]
    [InlineData("Decimal(18, 1)", "\u20135", "3", "\u201312.5")]
    [InlineData("String", "\u201312.5", "3\u20135")]
    [InlineData("Int64", "1\u00A0", "2", "\u00A03")]
    [InlineData("Decimal(18, 2)", "1\u00A0234,50\u00A0€", "0,25\u202F€")]
    [InlineData("Decimal(18, 1)", "12,5\u00A0%", "3\u00A0%", "0,5\u00A0%")]
    [InlineData("String", "\u00A0", "x")]
    [InlineData("Int64", "12,34,567", "1,23,456", "1,234", "500", "-1,00,00,000")]
    [InlineData("Decimal(18, 2)", "\u20B912,34,567.50", "\u20B9500.00")]
    [InlineData("String", "12,34,567", "1,234,567")]
    [InlineData("String", "12,34,567", "123,456")]
    [InlineData("String", "12,34,567", "5")]
    [InlineData("String", "123,45,678", "1,23,456")]
    [InlineData("String", "1,2,345", "1,23,456")]
    [InlineData("String", "1,23,45", "1,23,456")]
    [InlineData("String", "12.34.567", "1.23.456")]
    [InlineData("String", "12 34 567", "1 23 456")]
    [InlineData("Nullable(Int64)", "\u2013", "3", "\u2014")]
    [InlineData("Decimal(38, 10)", "123456789.0123456789")]
    [InlineData("Decimal(18, 1)", ".5", "1.5", "-.5")]
    [InlineData("Int64", "1,234,567", "1,000")]
    [InlineData("Decimal(18, 2)", "1,234.50", "12", "-3.25")]
    [InlineData("Decimal(18, 2)", "1.234,50", "12", "-3,25")]
    [InlineData("Decimal(18, 1)", "1,5", "2", "3,0")]
    [InlineData("Decimal(18, 2)", "$1,234.50", "$0.99", "($5.00)", "-$1")]
    [InlineData("Decimal(18, 2)", "5,00 €", "1.250,50 €")]
    [InlineData("Decimal(18, 1)", "12.5%", "3%")]
    [InlineData("Nullable(Int64)", "1,234,567", "NA")]
    [InlineData("String", "1,234", "5,678")]
    [InlineData("String", "$5", "€5")]
    [InlineData("String", "12%", "3")]
    [InlineData("String", "1,5", "2.5")]
    [InlineData("String", "5,5", "5", "5.555")]
    [InlineData("Decimal(18, 2)", "1.234,50", "5.555", "5,5")]
    [InlineData("String", "1,23,456", "1")]
    [InlineData("String", "192.168.100.200")]
    [InlineData("Nullable(Int64)", "1", "NA", "2")]
    [InlineData("Nullable(Decimal(18, 2))", "1.25", "-", "n/a", "")]
    [InlineData("Nullable(Date)", "2024-01-01", "NULL")]
    [InlineData("Nullable(DateTime('UTC'))", "2024-01-01 10:00:00", @"\N")]
    [InlineData("Nullable(Bool)", "true", "None", "false")]
    [InlineData("String", "NA", "-")]
    [InlineData("String", "NA", "Namibia")]
    [InlineData("String", "1", "x", "NA")]
    [InlineData("Date", "31-OCT-2023", "1-Nov-2023")]
    [InlineData("Date", "31 October 2023", "1 May 2023")]
    [InlineData("Date", "Jan 12, 2024", "February 3, 2024", "May 1 2024")]
    [InlineData("DateTime('UTC')", "12 Jan 2024 10:20:30", "13 Jan 2024 10:20:31")]
    [InlineData("Date", "Jan-1-1995", "Feb-13-1996")]
    [InlineData("Date", "Jan/1/1995", "Feb/13/1996")]
    [InlineData("String", "Jan-1/1995")]
    [InlineData("String", "Jan-1,-1995")]
    [InlineData("Date", "Tue, 1 Nov 2016", "Wed, 2 Nov 2016", "3 Nov 2016")]
    [InlineData("Date", "Wednesday, March 3, 2021", "Thursday, March 4, 2021")]
    [InlineData("DateTime('UTC')", "Tue, 01 Nov 2016 01:23:45 +0000", "Wed, 02 Nov 2016 01:23:45 GMT")]
    [InlineData("Date32", "Sun, 20 Jul 1969", "Wed, 31 Dec 1969")]
    [InlineData("String", "Mon, 1 Nov 2016", "Wed, 2 Nov 2016")]
    [InlineData("String", "Tue Tue, 1 Nov 2016")]
    [InlineData("String", "Tue, 2016-11-01")]
    [InlineData("DateTime('UTC')", "Wed Jun  9 04:26:40 1993", "Thu Jun 10 04:26:40 1993")]
    [InlineData("DateTime('UTC')", "Sun Nov 29 10:00:00 +0000 2026", "Tue Dec 01 23:59:59 -0530 2026")]
    [InlineData("DateTime('UTC')", "Sun Nov 29 10:00:00 UTC 2026", "Tue Dec 1 23:59:59 GMT 2026")]
    [InlineData("DateTime64(3, 'UTC')", "Sun Nov 29 10:00:00.125 2026")]
    [InlineData("String", "Mon Nov 29 10:00:00 2026")]
    [InlineData("String", "Sun Nov 29 10:00:00 EST 2026")]
    [InlineData("String", "Sun Nov 29 10:00:00 2026", "Sun Nov 29 10:00:00 UTC 2026")]
    [InlineData("String", "Sun Nov 29 10:00 PM then 2026")]
    [InlineData("String", "one two of them in 10:00 1234")]
    [InlineData("String", "Monday 5", "Tuesday 6")]
    [InlineData("String", "31-OCT-23")]
    [InlineData("String", "31-Oct-2023", "Oct 31, 2023")]
    [InlineData("String", "31-Feb-2023")]
    [InlineData("Date", "2000.01.01", "2002.02.02")]
    [InlineData("Decimal(18, 1)", "5.", "1.5")]
    [InlineData("String", "5.", "7")]
    [InlineData("String", "01.5", "1.5")]
    [InlineData("Float64", "0.5129227915373271", "0.04414713803871867")]
    [InlineData("Decimal(38, 23)", "0.12345678901234567890123")]
    [InlineData("String", "0.1234567890123456789012345678901234567890", "123456789012")]
    [InlineData("Float64", "1.5E10", "2", "0.25")]
    [InlineData("Float64", "1e-05", "0.001")]
    [InlineData("Float64", "0.5", "nan", "-inf")]
    [InlineData("Nullable(Int64)", "1", "nan")]
    [InlineData("String", "nan", "NaN")]
    [InlineData("Bool", "true", "false")]
    [InlineData("Bool", "TRUE", "FALSE")]
    [InlineData("String", "True", "false")]
    [InlineData("String", "true", "1")]
    [InlineData("UUID", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "F47AC10B-58CC-4372-A567-0E02B2C3D479")]
    [InlineData("Date", "2024-02-29", "1970-01-01")]
    [InlineData("Date", "2024/2/9", "2024/12/31")]
    [InlineData("Date", "2024-2-9", "2024-12-31")]
    [InlineData("DateTime('UTC')", "2024-2-9 7:05", "2024-12-31 10:00:05")]
    [InlineData("DateTime('UTC')", "2024/2/9 7:05:06 PM", "2024/12/31 10:00:05 AM")]
    [InlineData("String", "2024-2-9", "2024/2/9")]
    [InlineData("String", "2023-2-29")]
    [InlineData("String", "2024.1.5", "2024.1.6")]
    [InlineData("Date", "31.12.2024", "1.2.2024")]
    [InlineData("Date", "13/01/2024", "02/01/2024")]
    [InlineData("Date", "01/13/2024", "01/02/2024")]
    [InlineData("Date", "01-22-2020", "03-10-2020")]
    [InlineData("Date32", "1969-12-31", "2024-01-01")]
    [InlineData("Date32", "2200-01-01")]
    [InlineData("String", "1899-12-31")]
    [InlineData("String", "2024-02-30")]
    [InlineData("String", "0000-00-00")]
    [InlineData("String", "2024-01-01", "2024/01/01")]
    [InlineData("String", "13/01/2024", "01/13/2024")]
    [InlineData("String", "01/02/2024", "03/04/2024")]
    [InlineData("String", "01/02/24", "13/02/24")]
    [InlineData("Int64", "20240101", "20240102")]
    [InlineData("DateTime('UTC')", "2024-01-01 10:00:00", "2024-01-01T10:00")]
    [InlineData("DateTime('UTC')", "2024-01-01 10:00:00", "2024-01-02")]
    [InlineData("DateTime('UTC')", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00+02:00")]
    [InlineData("String", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00")]
    [InlineData("String", "2024-01-01T10:00:00Z", "2024-01-01")]
    [InlineData("DateTime('UTC')", "2024-01-01 10:00:00 +0200", "2024-01-01 10:00:00 -05:30", "2024-01-01 10:00:00 GMT", "2024-01-01 10:00:00 Z")]
    [InlineData("String", "2024-01-01 10:00:00 +0200", "2024-01-01 10:00:00")]
    [InlineData("String", "2024-01-01 10:00:00 EST")]
    [InlineData("String", "2024-01-01 10:00:00 +02")]
    [InlineData("DateTime('UTC')", "2024-01-01 10:00:00+02", "2024-01-01 10:00:00-05")]
    [InlineData("String", "2024-01-01 10:00:00 ")]
    [InlineData("DateTime64(3, 'UTC')", "2024-01-01 10:00:00,123", "2024-01-01 10:00:01,456")]
    [InlineData("DateTime64(6, 'UTC')", "2024-01-01T10:00:00,123456Z", "2024-01-01T10:00:01Z")]
    [InlineData("String", "2024-01-01 10:00:00,5", "2024-01-01 10:00:01,5")]
    [InlineData("String", "2024-01-01 10:00:00,123", "2024-01-01 10:00:01,")]
    [InlineData("Nullable(Date)", "2024-01-01", "0000-00-00")]
    [InlineData("Nullable(DateTime('UTC'))", "2024-01-01 10:00:00", "0000-00-00 00:00:00")]
    [InlineData("String", "0000-00-00", "soon")]
    [InlineData("DateTime64(3, 'UTC')", "2024-01-01 10:00:00.5")]
    [InlineData("DateTime64(6, 'UTC')", "2024-01-01 10:00:00.5555")]
    [InlineData("DateTime64(9, 'UTC')", "2024-01-01 10:00:00.123456789")]
    [InlineData("DateTime64(0, 'UTC')", "1950-01-01 10:00:00")]
    [InlineData("DateTime64(0, 'UTC')", "2106-02-08 10:00:00")]
    [InlineData("String", "1850-01-01 10:00:00")]
    [InlineData("String", "2024-01-01 25:00:00")]
    [InlineData("DateTime('UTC')", "13/01/2024 10:00", "02/01/2024 9:05")]
    [InlineData("DateTime('UTC')", "1/13/2024 10:00 AM", "1/2/2024 9:05 PM")]
    [InlineData("DateTime('UTC')", "4/23/2019 7:11:11 AM", "4/3/2019 12:00:00 PM")]
    [InlineData("DateTime('UTC')", "1/2/2024 13:05", "1/13/2024 0:00")]
    [InlineData("String", "1/2/2024 13:05", "1/12/2024 0:00")]
    [InlineData("String", "4/23/2019 13:11:11 AM", "4/3/2019 12:00:00 PM")]
    [InlineData("String", "4/23/2019 7:11:11 AM", "23/4/2019 7:11:11 AM")]
    [InlineData("String", "7:11:11 AM", "12:00:00 PM")]
    [InlineData("Nullable(Int64)", "1", "", "2")]
    [InlineData("Nullable(Int64)", "1", "\"\"", "2")]
    [InlineData("Nullable(Int64)", "\"1\"", null)]
    [InlineData("String", "a", "")]
    [InlineData("Nullable(String)", "a", null)]
    [InlineData("String", "", "")]
    public void Infer_Values_GiveTheType(string expected, params string?[] values)
    {
        var column = Infer(values);
        column.Type.Name.ShouldBe(expected, column.Evidence);
    }

    [Theory]
    [InlineData("Date", "date", "20240101", "20240102", "20241231")]
    [InlineData("Date", "OrderDate", "20240101", "20240102", "20241231")]
    [InlineData("Date32", "birth_day", "19010101", "20240102", "21001231")]
    [InlineData("Nullable(Date)", "MESS_DATUM", "20240101", "", "20240102", "20241231")]
    [InlineData("Nullable(Date)", "fecha de alta", "20240101", "NULL", "20240102", "20241231")]
    [InlineData("Int64", "amount", "20240101", "20240102", "20241231")]
    [InlineData("Int64", "date", "20240101", "20240102", "20240102")]
    [InlineData("Int64", "date", "20240101", "20240102", "20240231")]
    [InlineData("Int64", "date", "20240101", "20240102", "0")]
    [InlineData("Int64", "date", "20240101", "20240102", "18991231")]
    [InlineData("Int64", "date", "20240101", "20240102", "21010101")]
    [InlineData("Int64", "date", "20240101", "20240102", "202401031")]
    [InlineData("Int64", "date", "20240101", "20240102", "-20240103")]
    [InlineData("Decimal(18, 1)", "date", "20240101", "20240102", "20240103.5")]
    [InlineData("String", "date", "20240101", "20240102", "2024-01-03")]
    public void Infer_EightDigits_AreDaysWhereTheNameAndEveryValueSaySo(string expected, string name, params string?[] values)
    {
        var column = InferNamed(name, values);
        column.Type.Name.ShouldBe(expected, column.Evidence);
        if (expected.Contains("Date", StringComparison.Ordinal))
        {
            column.Evidence.ShouldContain($"are dates yyyyMMdd and the column is named \"{name}\"");
        }
    }

    [Fact]
    public void Infer_LeadingZeroFarDown_NamesItsLine()
    {
        var values = Enumerable.Range(10_000, 25_000).Select(i => i.ToString()).ToArray();
        values[24_999] = "00501";

        Infer(values).Evidence.ShouldStartWith("String, because line 25001 is \"00501\"");
    }

    [Theory]
    [InlineData("ambiguous", "01/02/2024", "03/04/2024")]
    [InlineData("day first because of line 3", "01/02/2024", "13/04/2024")]
    [InlineData("line 2 has the day first, line 3 the month", "13/01/2024", "01/13/2024")]
    [InlineData("line 2 has a time zone and line 3 has none", "2024-01-01 00:00:00Z", "2024-01-01 00:00:00")]
    [InlineData("nullable, because line 3 is empty", "5", "")]
    [InlineData("nullable, because line 3 is empty in quotes", "5", "\"\"")]
    [InlineData("does not fit Int64", "5", "9223372036854775808")]
    [InlineData("line 2 is \"true\" and line 3 is \"17\"", "true", "17")]
    public void Infer_Evidence_SaysWhy(string part, params string?[] values) => Infer(values).Evidence.ShouldContain(part);

    [Fact]
    public void Infer_OpenQuestions_AreMarked()
    {
        Infer("", "").IsOpen.ShouldBeTrue();
        Infer("01/02/2024").IsOpen.ShouldBeTrue();
        Infer("a", "").IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void Infer_FewDistinctTexts_MakeADictionary()
    {
        var values = Enumerable.Range(0, 2000).Select(i => "city " + (i % 50)).ToArray();
        Infer(values).Type.Name.ShouldBe("LowCardinality(String)");
        Infer([.. values, null]).Type.Name.ShouldBe("LowCardinality(Nullable(String))");
        Infer(values[..900]).Type.Name.ShouldBe("String");
        Infer([.. values.Select((v, i) => v + (i / 5))]).Type.Name.ShouldBe("String");
    }

    [Fact]
    public void Infer_DatesAmongOtherTexts_KeepTheirOrderForDictatedTypes()
    {
        Infer("13/01/2024", "n/a").Form.DateOrder.ShouldBe(DateOrder.DayMonthYear);
        Infer("01/13/2024", "n/a").Form.DateOrder.ShouldBe(DateOrder.MonthDayYear);
        Infer("01/02/2024", "n/a").Form.DateOrder.ShouldBe(DateOrder.Unknown);
    }

    [Fact]
    public void Observe_FaultyRows_SayNothing()
    {
        using var block = TextBlock.Column("1", "x", "2");
        block.Faults.Add(new Records.RowFault(1, RejectCode.TooManyFields, ""));
        var profile = new TableProfile(["c"]);
        profile.Observe(block);

        profile.Rows.ShouldBe(2);
        profile.Infer()[0].Type.Name.ShouldBe("Int64");
    }

    [Fact]
    public void Merge_Parts_InferLikeTheWhole()
    {
        string?[][] columns =
        [
            ["1", "2", "", "9223372036854775808", "3"], ["1.5", "2", "3.25", "1", "1"], ["a", "b", null, "a", "c"],
            ["01/02/2024", "03/04/2024", "13/01/2024", "01/01/2024", "02/02/2024"],
                ["20240101", "", "20240102", "20240103", "20240101"], ["20240101", "20240102", "20240103", "1", "20240105"],
                ["T", "F", "", "NA", "F"], ["t", "f", "NA", "T", "f"],
                ["2024-01-01", "", "2024-01-02 10:00", "2024-01-03 11:00:00.5", "2024-01-01"],
        ];
        foreach (var values in columns)
        {
            for (var cut = 0; cut <= values.Length; cut++)
            {
                var first = new TableProfile(["date"]);
                var second = new TableProfile(["date"]);
                first.Observe(
                    TextBlock.From([.. values[..cut].Select(v => new[] { v })], 1) is { ColumnCount: 1 } a
                    ? a : new Records.FieldBlock(1, 16));
                second.Observe(
                    TextBlock.From([.. values[cut..].Select(v => new[] { v })], cut + 1) is { ColumnCount: 1 } b
                    ? b : new Records.FieldBlock(1, 16));
                second.Merge(first);
                second.Infer()[0].ShouldBe(InferNamed("date", values));
            }
        }
    }

    static InferredColumn Infer(params string?[] values) => InferNamed("c", values);

    static InferredColumn InferNamed(string name, params string?[] values)
    {
        using var block = TextBlock.Column(values);
        var profile = new TableProfile([name]);
        profile.Observe(block);
        return profile.Infer()[0];
    }
}
