using System.Text;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.Typing;

/// <summary>
/// Small tables in the shapes of published ones, with the types that their publishers' schemas (Table Schema, CSVW, table definitions) give them. Where
/// a schema is vaguer than the values (number, string), the type is the one of the values; what is text on purpose is in
/// docs/formats/delimited.md.
/// </summary>
public sealed class PublishedSchemaTests
{
    [Theory]
    [InlineData("codes of countries", """
        name,alpha2,numeric,m49,dial,minor_unit,independent
        Afghanistan,AF,004,4,93,2,Yes
        American Samoa,AS,016,16,1-684,2,Territory of US
        Namibia,NA,516,516,264,2,Yes
        Holy See,VA,336,336,39-06,,Yes
        """, "String|String|String|Int64|String|Nullable(Int64)|String")]
    [InlineData("airports", """
        ident,type,elevation_ft,iata_code,local_code,coordinates
        00A,heliport,11,,00A,"-74.93360137939453, 40.07080078125"
        00AA,small_airport,3435,,00AA,"-101.473911, 38.704022"
        EDDF,large_airport,,FRA,,"8.570556, 50.033333"
        """, "String|String|Nullable(Int64)|String|String|String")]
    [InlineData("monthly prices", """
        Date,SP500,Dividend,Volume,PE10
        1871-01-01,4.44,0.26,1200,
        1985-02-01,4.5,0.26,4800,18.47
        2020-03-01,3100.29,58.24,5820000000,
        """, "String|Decimal(18, 2)|Decimal(18, 2)|Int64|Nullable(Decimal(18, 2))")]
    [InlineData("months and years", """
        Month,Year,Quarter,Week,Rate
        1950-01,1950,1950Q1,1950-W01,34.73
        1950-02,1951,1950Q2,1950-W02,34.7
        """, "String|Int64|String|String|Decimal(18, 2)")]
    [InlineData("taxi trips", """
        VendorID,tpep_pickup_datetime,passenger_count,trip_distance,store_and_fwd_flag,total_amount,airport_fee
        1,2021-01-01 00:30:10,1.0,2.10,N,11.8,
        2,2021-01-01 00:51:20,1.0,.20,Y,4.3,
        1,2021-01-01 00:43:30,,14.70,N,-51.95,1.25
        """, "Int64|DateTime('UTC')|Nullable(Decimal(18, 1))|Decimal(18, 2)|String|Decimal(18, 2)|Nullable(Decimal(18, 2))")]
    [InlineData("timetables", """
        trip_id,arrival_time,stop_id,stop_lat,stop_sequence,start_date
        1.TA.1,24:10:00,0070001,47.37815,1,20240101
        1.TA.1,24:12:30,0070002,47.41,2,20240102
        2.TA.1,05:00:00,8503000,47.4,1,20241231
        """, "String|String|String|Decimal(18, 5)|Int64|Date")]
    [InlineData("orders of a shop", """
        order_id,created_at,email,total,paid,zip,customer_uuid
        1001,2024-03-01T10:00:00+01:00,a@example.org,10.50,true,01067,3f2504e0-4f89-11d3-9a0c-0305e82c3301
        1002,2024-03-01T09:30:00-05:00,b@example.org,99.00,false,10001,3f2504e0-4f89-11d3-9a0c-0305e82c3302
        """, "Int64|DateTime('UTC')|String|Decimal(18, 2)|Bool|String|UUID")]
    [InlineData("export of MySQL", """
        id,deleted_at,birthday,score
        1,0000-00-00 00:00:00,1980-02-29,\N
        2,2020-05-06 07:08:09,0000-00-00,3.50
        """, "Int64|Nullable(DateTime('UTC'))|Nullable(Date)|Nullable(Decimal(18, 2))")]
    [InlineData("export of R", """
        "","mpg","sex","dead","when","p"
        "1",21,"M",TRUE,2020-01-02,1e-04
        "2",NA,"F",FALSE,NA,0.12
        """, "Int64|Nullable(Int64)|String|Bool|Nullable(Date)|Float64")]
    [InlineData("export of a German office", """
        Datum;Betrag;Kunde;Anteil
        01.02.2024;1.234,50;00017;12,5 %
        13.02.2024;-0,99;00018;3,0 %
        """, "Date|Decimal(18, 2)|String|Decimal(18, 1)")]
    [InlineData("table of an encyclopedia", """
        Station,Low,High,Record
        Vostok,−89.2,−12.2,21 July 1983
        Oymyakon,−67.7,34.6,6 February 1933
        Death Valley,–,56.7,10 July 1913
        """, "String|Nullable(Decimal(18, 1))|Decimal(18, 1)|Date32")]
    [InlineData("feed", """
        title|pubDate|id|followers
        One|Tue, 05 Mar 2024 10:00:00 +0000|1234567890123456789|1,234,567
        Two|Wed, 06 Mar 2024 10:00:00 +0100|9234567890123456789|12
        """, "String|DateTime('UTC')|UInt64|Int64")]
    [InlineData("log of a program", """
        time;level;ms;message
        2024-03-05 10:00:00,123;INFO;1.5;started
        2024-03-05 10:00:01,004;WARN;12.25;slow
        """, "DateTime64(3, 'UTC')|String|Decimal(18, 2)|String")]
    [InlineData("repository history", """
        commit,date,insertions,author
        9fceb02,2024-03-05 10:00:00 +0100,12,A
        0a1b2c3,2024-03-06 11:00:00 -0800,7,B
        """, "String|DateTime('UTC')|Int64|String")]
    [InlineData("measurements", """
        sensor,ts,value,status,ip
        A-1,1609459200,20.12345678901234,0,10.0.0.1
        A-2,1609459260,19.5,1,10.0.0.2
        """, "String|Int64|Float64|Int64|String")]
    public async Task Infer_TablesInPublishedShapes_AgreesWithTheirSchemas(string table, string csv, string types)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(csv + "\n"));
        await using var reader = await new DelimitedFormat().OpenAsync(content, FormatOptions.Default, CancellationToken.None);
        var profile = new TableProfile(reader.ColumnNames);
        using var block = new FieldBlock(reader.ColumnNames.Count, FormatOptions.Default.BlockRows);
        while (await reader.ReadAsync(block, CancellationToken.None))
        {
            profile.Observe(block);
        }

        string.Join('|', profile.Infer().Select(c => c.Type.Name)).ShouldBe(types, table);
    }
}
