using System.Text;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>What is a table among lines, how wide it is, and which line names its columns.</summary>
public sealed class TablePlaceTests
{
    [Theory]
    [InlineData("who where share\nann X 0.25\nbob Y 0.5\ncid Z 0.125\n", "who where share", "ann|X|0.25 bob|Y|0.5 cid|Z|0.125")]
    [InlineData("7 2.5 red\n8 3.5 blue\n", "c1 c2 c3", "7|2.5|red 8|3.5|blue")]
    [InlineData("7 2\n8 3\n", "c1 c2", "7|2 8|3")]
    [InlineData("nr    weight   label\n   \n17    2.50     \"old 3\"\n\n5     1.25     plain\n8     4        \"two b\"\n\n\n", "nr weight label", "17|2.50|\"old_3\" 5|1.25|plain 8|4|\"two_b\"")]
    [InlineData(" \"long\tname\"  b  \t c\nx   \"y\tz\"  \t2\n v   w                    3\n", "long\tname b c", "x|\"y\tz\"|2 v|w|3")]
    [InlineData("# Offsets, as they were\n# published in  spring\n#\n#\n#\n#   DAY    OFFSET\n#\n  41.0    1  1 1972\n  42.0   12  7 1972\n 143.0    1 11 1973\n", "c1 c2 c3 c4", "41.0|1|1|1972 42.0|12|7|1972 143.0|1|11|1973")]
    [InlineData("Ann Berg        NO      12-A4-77\nBo Lind         SE      13-B5-78\nCid von Olm     DK      141-C-77\n", "c1 c2 c3", "Ann_Berg|NO|12-A4-77 Bo_Lind|SE|13-B5-78 Cid_von_Olm|DK|141-C-77")]
    [InlineData("k=v\nA  B  C\n1  2  3\n3  2  1\n4  5  6\n", "A B C", "1|2|3 3|2|1 4|5|6")]
    public async Task Read_TableLaidOutByBlanks_IsCut(string text, string names, string rows)
    {
        var csv = await Csv.ReadAsync(text);
        string.Join(' ', csv.Names).ShouldBe(names);
        string.Join(' ', csv.Rows.Select(r => r.Replace(' ', '_'))).ShouldBe(rows);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Theory]
    [InlineData("We came home\nThey went away\nNobody said much\nAll slept well\n")]
    [InlineData("We saw 3 alone.\nThey saw 4 together.\nNobody saw 7 ever.\n")]
    [InlineData("1 March 2024\n12 April 2024\n30 May 2024\n")]
    [InlineData("place\nRoom 12\nRoom 13\nRoom 14\n")]
    public async Task Read_LinesOfWords_StayOneColumn(string text) =>
        (await Csv.ReadAsync(text)).Names.Count.ShouldBe(1);

    [Fact]
    public async Task Read_TwoTablesOfOneSize_TheFirstIsRead()
    {
        var first = string.Concat(Enumerable.Range(1, 8).Select(i => $"{i},n{i},{i * 2}\n"));
        var second = string.Concat(Enumerable.Range(1, 8).Select(i => $"{i},n{i},{i * 2},x\n"));
        var csv = await Csv.ReadAsync($"id,name,size\n{first}id,name,size,note\n{second}");

        csv.Names.ShouldBe(["id", "name", "size"]);
        csv.Records.Count(r => r.Fault == RejectCode.None).ShouldBe(8);
        csv.Records.Count(r => r.Fault == RejectCode.TooManyFields).ShouldBe(9);
    }

    [Theory]
    [InlineData("month,rain 2001\nmay,5\njune,6\njuly,7\naugust,8\n\nmonth,rain 2002\nmay,9\njune,5.5\njuly,6\n", "month|rain 2001")]
    [InlineData("image/png\nimage/gif\ntext/html\ntext/plain\n", "c1")]
    [InlineData("media type\nimage/gif\ntext/html\ntext/plain\n", "media type")]
    [InlineData("day,a,b\n2024-01-01,x,5,7\n2024-01-01,y,6,8\n2024-01-02,x,7,9\n", "c1|c2|c3|c4")]
    [InlineData("name,639-2/B\nSq,alb\nHy,arm\nEu,baq\nMy,bur\nZh,chi\nCs,cze\nNl,dut\nFr,fre\nKa,geo\nDe,ger\nEl,gre\nIs,ice\n", "name|639-2/B")]
    [InlineData("a,b\nr1,5,7\nr2,6,8\nr3,7,9\n", "|a|b")]
    public async Task Read_FirstLine_IsHeaderOrNot(string text, string names) =>
        string.Join('|', (await Csv.ReadAsync(text)).Names).ShouldBe(names);

    [Theory]
    [InlineData("notes.txt", "Chapter one was long\nand nobody in it spoke\nuntil the rain came\nat 7 in the evening\n")]
    [InlineData("list.txt", "ID   one\nAC   two words\nDE   some text about 3 things\n//\nID   four\nDE   more\n")]
    public void Detect_WordsInLines_AreNoTable(string name, string text) =>
        new DelimitedFormat().Detect(new FormatProbe(name, Encoding.UTF8.GetBytes(text), true)).Confidence.ShouldBeLessThan(0.3);

    [Theory]
    [InlineData("6,4,low,high\n1,2,3,4,5,0\n2,3,4,5,6,1\n3,4,5,6,7,0\n4,5,6,7,8,1\n5,6,7,8,9,0\n6,7,8,9,1,1\n", 6, false)]
    [InlineData("6,3,,\n\"len\",\"wid\",\"hei\",\"kind\"\n1,2,3.5,0\n2,3,4.5,1\n3,4,5.5,0\n", 4, true)]
    [InlineData("3,2\n\"key\",\"z\"\n1,2.5\n2,3.5\n3,4.5\n", 2, true)]
    [InlineData("H,report of today,ABC\nD,x,1,2,3,4,5,6\nD,y,1,2,3,4,5,6\nD,z,1,2,3,4,5,7\nD,v,1,2,3,4,5,8\nD,w,1,2,3,4,5,9\n", 8, false)]
    public async Task Read_LineOfCountsAboveTheTable_IsLeftOut(string text, int columns, bool header)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Names.Count.ShouldBe(columns);
        csv.Dialect.Header.ShouldBe(header);
        csv.Dialect.SkipLines.ShouldBe(1);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
        csv.Records.Count.ShouldBe(text.Count(c => c == '\n') - (header ? 2 : 1));
        csv.Warnings.ShouldContain(w => w.Code == "lines_above_table");
    }

    [Theory]
    [InlineData("\"x\"\n\"AX1\",820.5\n\"AX2\",399.25\n\"AX3\",10.75\n", "|x")]
    [InlineData("x\nAX1,820.5\nAX2,399.25\nAX3,10.75\n", "|x")]
    [InlineData("\"from\" \"to\"\n\"1\" 3 4\n\"2\" 5 6\n\"3\" 7 8\n", "|from|to")]
    [InlineData("from,to\n\"a\",\"b\",\"c\"\n\"d\",\"e\",\"f\"\n\"g\",\"h\",\"i\"\n", "|from|to")]
    [InlineData("Sales of all\nnorth,1\nsouth,2\neast,3\n", "c1|c2")]
    public async Task Read_OneNameFewerThanFields_NamesTheColumnsBehindTheFirst(string text, string names)
    {
        var csv = await Csv.ReadAsync(text);
        string.Join('|', csv.Names).ShouldBe(names);
        csv.Records.Count.ShouldBe(3);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    /// <summary>Units below some names, groups above them: lines that hold no values above columns that hold nothing else.</summary>
    [Theory]
    [InlineData("Time,Temp,Wind,Place\n,degC,m/s,\n1,12.5,3.2,Ulm\n2,13.5,3.9,Bonn\n3,14.5,4.2,Kiel\n", "Time|Temp degC|Wind m/s|Place", "1|12.5|3.2|Ulm")]
    [InlineData("name,city,height\n-,-,cm\nAnna,Rom,180\nBert,Ulm,181\nCarl,Linz,175\n", "name|city|height cm", "Anna|Rom|180")]
    [InlineData("Site,,2019,,2020,\n,Name,count,rate,count,rate\nA,Alpha,12,0.5,13,0.6\nB,Beta,14,0.4,15,0.3\nC,Gamma,16,0.2,17,0.1\n", "Site|Site Name|2019 count|2019 rate|2020 count|2020 rate", "A|Alpha|12|0.5|13|0.6")]
    [InlineData("Site,,old,,,,new,,,\n,,low,,high,,low,,high,\n,Name,count,rate,count,rate,count,rate,count,rate\nA,Alpha,12,0.5,13,0.6,1,2,3,4\nB,Beta,14,0.4,15,0.3,1,2,3,4\nC,Gamma,16,0.2,17,0.1,1,2,3,4\n", "Site|Site Name|old low count|old low rate|old high count|old high rate|new low count|new low rate|new high count|new high rate", "A|Alpha|12|0.5|13|0.6|1|2|3|4")]
    [InlineData("Hill station,,,,,,\n87 m above the sea,,,,,,\nyyyy,mm,tmax, ,tmin, ,rain\n,,degC,,degC,,mm\n1978,09,17.5,,11.3,,26.7\n1978,10,15.6,,10.7,,20.4\n1978,11,12.6,,7.6,,56.3\n", "yyyy|mm|tmax degC| |tmin degC| |rain mm", "1978|09|17.5||11.3||26.7")]
    [InlineData("Rainfall,\nMonth,mm\nJan,45\nFeb,34\nMar,22\n", "Month|mm", "Jan|45")]
    public async Task Read_NamesInTwoLines_AreJoined(string text, string names, string first)
    {
        var csv = await Csv.ReadAsync(text);
        string.Join('|', csv.Names).ShouldBe(names);
        csv.Rows[0].ShouldBe(first);
        csv.Records.Count.ShouldBe(3);
        csv.Warnings.ShouldContain(w => w.Code == "header_of_two_lines");
    }

    /// <summary>Types below the names are no part of them; the same names again are no second line of them.</summary>
    [Theory]
    [InlineData("name,age,score\nstring,int,float\nAnna,34,1.5\nBo,28,2.5\n", "header_types", "Anna|34|1.5")]
    [InlineData("name,age,score\nVARCHAR(20),INTEGER,\"NUMERIC(5,2)\"\nAnna,34,1.5\nBo,28,2.5\n", "header_types", "Anna|34|1.5")]
    [InlineData("name\tage\tscore\n15s\t6n\t8n\nAnna\t34\t1.5\nBo\t28\t2.5\n", "header_types", "Anna|34|1.5")]
    [InlineData("name,age,score\ntext,text,text\nAnna,old,low\nBo,young,high\n", "header_types", "Anna|old|low")]
    [InlineData("name,age,score\nname,age,score\nAnna,34,1.5\nBo,28,2.5\n", "repeated_header", "Anna|34|1.5")]
    public async Task Read_LineBelowTheNames_IsPassedOverAndSaid(string text, string code, string first)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Names.ShouldBe(["name", "age", "score"]);
        csv.Rows[0].ShouldBe(first);
        csv.Records.Count.ShouldBe(2);
        csv.Warnings.Select(w => w.Code).ShouldBe([code]);
    }

    /// <summary>Files that were put one behind the other, each with its byte order mark.</summary>
    [Fact]
    public async Task Read_HeaderAgainBehindAByteOrderMark_IsLeftOut()
    {
        foreach (var mark in new[] { "", "#x\n" })
        {
            var csv = await Csv.ReadAsync($"id,n\n1,10\n2,20\n{mark}\uFEFFid,n\n3,30\n4,40\n");
            csv.Names.ShouldBe(["id", "n"]);
            csv.Rows.ShouldBe(["1|10", "2|20", "3|30", "4|40"]);
            csv.Warnings.ShouldContain(w => w.Code == "repeated_header");
        }
    }

    [Theory]
    [InlineData("question,answer\ntext,number\ndate,text\n", 2)]
    [InlineData("kind,type\ntext,date\n", 1)]
    public async Task Read_RecordsOfWordsForTypes_StayRecords(string text, int records) => (await Csv.ReadAsync(text)).Records.Count.ShouldBe(records);

    /// <summary>Loggers of weather: a line about the station, names, units, and how values were made.</summary>
    [Fact]
    public async Task Read_NamesInThreeLinesBelowALongerOne_AreJoined()
    {
        var csv = await Csv.ReadAsync(
            "\"TOA5\",\"Hill\",\"X1\",\"77\",\"S.25\",\"P.CR1\",\"99\",\"Met\"\n\"TIMESTAMP\",\"RECORD\",\"AirT\",\"RH\"\n\"TS\",\"RN\",\"Deg C\",\"%\"\n\"\",\"\",\"Avg\",\"Smp\"\n"
            + "\"2024-01-01 00:00:00\",0,12.5,80.1\n\"2024-01-01 00:10:00\",1,12.4,80.3\n\"2024-01-01 00:20:00\",2,12.2,81\n");
        csv.Names.ShouldBe(["TIMESTAMP TS", "RECORD RN", "AirT Deg C Avg", "RH % Smp"]);
        csv.Records.Count.ShouldBe(3);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
        csv.Records[0].Line.ShouldBe(5);
    }

    /// <summary>What may be a record stays one: it has texts where records have them, or nothing shows that it is none.</summary>
    [Theory]
    [InlineData("name,a,b\nUlm,low,\nRom,1,2\nBonn,3,4\nKiel,5,6\n", 4)]
    [InlineData("name,a,b\nUlm,NA,NA\nRom,1,2\nBonn,3,4\nKiel,5,6\n", 4)]
    [InlineData("name,a,b\nUlm,-,-\nRom,1,2\nBonn,3,4\nKiel,5,6\n", 4)]
    [InlineData("k,a,b\n1,low,\n2,1,2\n3,3,4\n4,5,6\n", 4)]
    [InlineData(",a,b\n,low,\n,1,2\n,3,4\n,5,6\n", 4)]
    public async Task Read_RecordOfTextsBelowTheNames_StaysARecord(string text, int records) => (await Csv.ReadAsync(text)).Records.Count.ShouldBe(records);

    /// <summary>Station data: titles of many words, names and units set off by blanks.</summary>
    [Theory]
    [InlineData(6)]
    [InlineData(40)]
    public async Task Read_TitlesOfManyWordsAboveBlankLayout_AreLeftOut(int rows)
    {
        var text = "Northfield\nPlace: 1234E 5678N, Lat 51.7 Lon -1.2, 63 metres above sea\nGuessed values are marked with a * after the value.\n"
            + "Missing values (more than 2 days missing in month) are marked by  ---.\n"
            + "   yyyy  mm   tmax    tmin      af    rain     sun\n              degC    degC    days      mm   hours\n"
            + string.Concat(Enumerable.Range(0, rows).Select(i => FormattableString.Invariant($"   19{50 + i}  {(i % 12) + 1,2}   {8.4 + i,5:0.0}   {2.7 - i,5:0.0}     {4 + i,3}   {60 + i,5:0.0}     ---\n")));
        var csv = await Csv.ReadAsync(text);
        csv.Names.ShouldBe(["yyyy", "mm", "tmax", "tmin", "af", "rain", "sun"]);
        csv.Records.Count.ShouldBe(rows);
        csv.Rows[0].ShouldBe("1950|1|8.4|2.7|4|60.0|---");
        csv.Records[0].Line.ShouldBe(7);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
        csv.Warnings.Select(w => w.Code).ShouldBe(["header_units", "lines_above_table"]);
    }

    /// <summary>The frames of database clients, Markdown and Org are no fields and no records.</summary>
    [Theory]
    [InlineData("+----+-------+\n| id | name  |\n+----+-------+\n|  1 | Anna  |\n|  2 | Bob   |\n|  3 | NULL  |\n+----+-------+\n3 rows in set (0.00 sec)\n")]
    [InlineData("+----+-------+\n| id | name  |\n+====+=======+\n| 1  | Anna  |\n+----+-------+\n| 2  | Bob   |\n+----+-------+\n| 3  | NULL  |\n+----+-------+\n")]
    [InlineData("| id | name |\n|---:|:-----|\n| 1 | Anna |\n| 2 | Bob |\n| 3 | NULL |\n")]
    [InlineData("# Members\n\n| id | name |\n|----+------|\n| 1 | Anna |\n| 2 | Bob |\n| 3 | NULL |\n")]
    [InlineData("|id|name|\n|1|Anna|\n|2|Bob|\n|3|NULL|\n")]
    [InlineData("12.03.2021     List of members     1\n\n-------------\n| id|name   |\n-------------\n|  1|Anna   |\n|  2|Bob    |\n|  3|NULL   |\n-------------\n")]
    public async Task Read_FramedTable_IsReadWithoutItsFrame(string text)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Names.ShouldBe(["id", "name"]);
        csv.Rows.ShouldBe(["1|Anna", "2|Bob", "3|NULL"]);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    /// <summary>Tables as offices of statistics publish them: titles padded with delimiters, groups above names, a rule and notes at the end.</summary>
    [Fact]
    public async Task Read_PaddedTitlesAboveGroupsOfNames_AreLeftOut()
    {
        var csv = await Csv.ReadAsync(
            "Table: 12\nPeople: counted at the end of the year;;;\nAll of the land;;;\nDay;People;;\n;all;men;women\n31.12.2019;831;410;421\n31.12.2020;835;412;423\n"
            + "31.12.2021;839;414;425\n__________\n\"Counted by hand.\"\nAll rights kept\n");
        csv.Names.ShouldBe(["Day", "People all", "People men", "People women"]);
        csv.Rows.ShouldBe(["31.12.2019|831|410|421", "31.12.2020|835|412|423", "31.12.2021|839|414|425"]);
        csv.Warnings.Select(w => w.Code).ShouldBe(["header_of_two_lines", "lines_above_table", "lines_below_table"]);
    }

    [Fact]
    public async Task Read_LinesOutsideOfAFrameWithoutLastLine_AreRefused()
    {
        var csv = await Csv.ReadAsync("|id|name|city|\n|int|text|text|\n|1|Anna|Ulm|\n|2|Bob|Rom|\n3 Carl Bonn\n");
        csv.Records[^1].Fault.ShouldBe(RejectCode.TooFewFields);
    }

    [Theory]
    [InlineData("id # name # city\n1 # Anna # Rom\n2 # Bert # Ulm\n3 # Carl # Linz\n", "#", "id|name|city")]
    [InlineData("x y\n1 10 20\n2 11 21\n3 12 22\n4 13 23\n", " ", "|x|y")]
    public async Task Read_FieldsSetOffByMarksOrBlanks_StandBelowTheirNames(string text, string delimiter, string names)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Dialect.Delimiter.ShouldBe(delimiter);
        string.Join('|', csv.Names).ShouldBe(names);
    }

    [Theory]
    [InlineData("\"len\",\"wid\",\"hei\"\n\"Box A\",21,6,160\n", "|len|wid|hei", RejectCode.None)]
    [InlineData("len,wid,hei\nBox A,21,6,160\n", "len|wid|hei", RejectCode.TooManyFields)]
    [InlineData("\"len\",\"wid\",\"hei\"\n\"Box A\",\"21\",\"6\",\"160\"\n", "len|wid|hei", RejectCode.TooManyFields)]
    public async Task Read_SingleRecordLongerThanTheHeader_HasARowNameWhereQuotesSaySo(string text, string names, RejectCode fault)
    {
        var csv = await Csv.ReadAsync(text);
        string.Join('|', csv.Names).ShouldBe(names);
        csv.Records.ShouldHaveSingleItem().Fault.ShouldBe(fault);
    }

    [Theory]
    [InlineData("# id len wid\n1 2 3\n4 5 6\n", "id len wid", 2)]
    [InlineData("# Made by hand\n# for nobody at all\n# id len wid\n1 2 3\n4 5 6\n", "id len wid", 4)]
    [InlineData("# id len wid\n# The next line\n1 2 3\n4 5 6\n", "id len wid", 3)]
    [InlineData("#AreaID,Token,FullName\n1,AE,Somewhere\n2,AR,Elsewhere\n", "AreaID Token FullName", 2)]
    [InlineData("#Name,City\nAnna,Rome\nBob,Paris\n", "Name City", 2)]
    [InlineData("# NR PlxErr\n1\t0.5\n2\t0.25\n", "NR PlxErr", 2)]
    [InlineData("# nr, len, wid\n1\t0.5\t3\n2\t0.25\t4\n", "nr len wid", 2)]
    [InlineData("# Fields: nr, len, wid\n1\t0.5\t3\n2\t0.25\t4\n", "nr len wid", 2)]
    [InlineData("# HIP\t\tSAO\tHD\n1\t7\t128522\t2247\n2\t\t165988\t2246\n", "HIP  SAO HD", 2)]
    [InlineData("# path of it\n# read by tool\n1\t0.5\t3\n2\t0.25\t4\n", "c1 c2 c3", 3)]
    [InlineData("# made by the lab, in May\n1  0.5\n2  0.25\n", "c1 c2", 2)]
    [InlineData("# all values: metres, seconds\n1  0.5\n2  0.25\n", "c1 c2", 2)]
    [InlineData("# This is data\n1 2 3\n4 5 6\n", "c1 c2 c3", 2)]
    [InlineData("# written on Monday.\n1\t0.5\t3\n2\t0.25\t4\n", "c1 c2 c3", 2)]
    [InlineData("# some data\nid,name\n1,x\n2,y\n", "id name", 3)]
    public async Task Read_CommentAboveTheRecords_IsTheHeaderWhereItNamesThem(string text, string names, int line)
    {
        var csv = await Csv.ReadAsync(text);
        string.Join(' ', csv.Names).ShouldBe(names);
        csv.Records.Select(r => r.Line).ShouldBe([line, line + 1]);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Fact]
    public async Task Read_CommentedNamesAboveUnquotedCommas_CountTheColumns()
    {
        var csv = await Csv.ReadAsync("#No,Token,Holder\n1,AA,One\n2,AB,Two, of Here\n3,AC,Three, of There\n4,AD,Four, of It\n5,AE,Five\n");
        csv.Names.ShouldBe(["No", "Token", "Holder"]);
        csv.Records.Select(r => r.Fault).ShouldBe(
            [RejectCode.None, RejectCode.TooManyFields, RejectCode.TooManyFields, RejectCode.TooManyFields, RejectCode.None]);
    }

    [Fact]
    public async Task Read_CommentedHeaderSwitchedOff_IsAComment()
    {
        var csv = await Csv.ReadAsync("# id len wid\n1 2 3\n4 5 6\n", new FormatOptions { HasHeader = false });
        csv.Names.ShouldBe(["c1", "c2", "c3"]);
        csv.Rows.ShouldBe(["1|2|3", "4|5|6"]);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(64)]
    public async Task Read_AllRecordsShorterThanTheHeaderAlike_EndInNulls(int blockBytes)
    {
        var rows = string.Concat(Enumerable.Range(1, 40).Select(i => $"X{i},\"of, {i}\",{i}\n"));
        var csv = await Csv.ReadAsync("code,name,size,left,right\n" + rows + "Y,z\nZ,\"full\",1,2,3\n", new FormatOptions { BlockBytes = blockBytes, BlockRows = 16 });
        csv.Names.ShouldBe(["code", "name", "size", "left", "right"]);
        csv.Rows[0].ShouldBe("X1|\"of, 1\"|1|∅|∅");
        csv.Rows[^1].ShouldBe("Z|\"full\"|1|2|3");
        csv.Records.Select(r => r.Fault).Where(f => f != RejectCode.None).ShouldBe([RejectCode.TooFewFields]);
        csv.Records[^2].Fault.ShouldBe(RejectCode.TooFewFields);
        csv.Records[^1].Line.ShouldBe(43);
        csv.Warnings.Single(w => w.Code == "short_records").Message.ShouldContain("3 of 5 columns");
    }

    [Fact]
    public async Task Read_RecordsLeaveOutWhatIsEmptyAtTheirEnd_EndInNulls()
    {
        const string Text = "no,name,from,to,more\n1,a,2001-01-01\n2,b,2002-01-01,2003-01-01\n3,c,2003-01-01\n4,d,2004-01-01,2005-01-01,x\n5,e,2005-01-01\n";
        var csv = await Csv.ReadAsync(Text);
        csv.Rows.ShouldBe(
            ["1|a|2001-01-01|∅|∅", "2|b|2002-01-01|2003-01-01|∅", "3|c|2003-01-01|∅|∅", "4|d|2004-01-01|2005-01-01|x", "5|e|2005-01-01|∅|∅"]);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
        csv.Warnings.Select(w => w.Code).ShouldBe(["short_records"]);
    }

    [Fact]
    public async Task Read_RecordsWithoutNamesLeaveOutWhatIsEmptyAtTheirEnd_AreAsWideAsTheWidest()
    {
        var csv = await Csv.ReadAsync("AD\t42.5\tx\nAE\t25.3\ty\nAF\t34.5\tz\nAQ\t77.8\tv\tfar\nAR\t66.1\tw\nAT\t48.2\tu\tnear\n");
        csv.Names.Count.ShouldBe(4);
        csv.Rows[0].ShouldBe("AD|42.5|x|∅");
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Theory]
    [InlineData("a,b,c\n1,2,x\n3,4,y\n5,z\n6,v\n7,w\n")]
    [InlineData("a,b,c,d\n1,2,3,\n1,2,3,\n1,2\n1,2\n1,2\n")]
    public async Task Read_ShortRecordsThatLackAFieldWithin_AreRefused(string text)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Records.Count(r => r.Fault == RejectCode.TooFewFields).ShouldBe(3);
    }

    [Fact]
    public async Task Read_QuoteOfTheHeaderNeverClosed_StillNamesTheColumns()
    {
        var csv = await Csv.ReadAsync("id,\"name,size,note\n1,\"a, b\",2,x\n2,c,3,\"y\"\n3,d,4,z\n");
        csv.Names.ShouldBe(["id", "name", "size", "note"]);
        csv.Rows.ShouldBe(["1|\"a, b\"|2|x", "2|c|3|\"y\"", "3|d|4|z"]);
    }

    [Fact]
    public async Task Read_RecordWithADelimiterAtItsEndThatStartsLikeAComment_IsARecord()
    {
        var csv = await Csv.ReadAsync("# of today\n# by hand\nkey,n,\n#1,5,\n#2,6,\nx,7,\n");
        csv.Rows.ShouldBe(["#1|5", "#2|6", "x|7"]);
    }

    [Theory]
    [InlineData("a,b,c\n1,2\n3,4,5\n6,7,8\n")]
    [InlineData("a,b,c\n1,2\n")]
    public async Task Read_FewShortRecords_AreRefused(string text)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Records[0].Fault.ShouldBe(RejectCode.TooFewFields);
        csv.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("---\nname: things\nschema:\n  fields:\n  - name: a\n  - name: b\n---\na,b\nx,1\ny,2\n", 7)]
    [InlineData("#---\n#name: things\n#fields:\n#  - name: a\n#    type: text\n#  - name: b\n#    type: number\n#    least: 0\n#more:\n#  - c\n#  - d\n#---\na,b\nx,1\ny,2\n", 12)]
    [InlineData("---\r\nname: things\r\n---\r\na;b\r\nx;1\r\ny;2\r\n", 3)]
    public async Task Read_BlockOfYamlAboveTheTable_IsLeftOut(string text, int skipped)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Names.ShouldBe(["a", "b"]);
        csv.Rows.ShouldBe(["x|1", "y|2"]);
        csv.Dialect.SkipLines.ShouldBe(skipped);
        csv.Records.Select(r => r.Line).ShouldBe([skipped + 2, skipped + 3]);
        csv.Warnings.ShouldContain(w => w.Code == "lines_above_table");
    }

    [Theory]
    [InlineData("/* made by the lab, in May\n   all values: metres, seconds\n   fixed (a), loose (b) */\n", 3)]
    [InlineData("/*\n * by hand\n */\n\n", 4)]
    [InlineData("/* by hand */\n", 1)]
    [InlineData("// made by the lab, in May\n// all values: metres, seconds\n//\n", 3)]
    [InlineData("-- made by the lab, in May\n", 1)]
    [InlineData("% made by the lab, in May\n% all values: metres\n", 2)]
    [InlineData("; made by the lab, in May\n", 1)]
    [InlineData("! made by the lab, in May\n", 1)]
    [InlineData("' made by the lab, in May\n' all values: metres\n", 2)]
    [InlineData("* made by the lab, in May\n", 1)]
    public async Task Read_RemarksAboveTheTable_AreLeftOut(string remarks, int lines)
    {
        foreach (var (table, names) in ((string, string)[])[
            ("id,name\n1,ann\n2,bob\n3,cid\n", "id|name"), ("id  size\n1   2.5\n2   3.5\n3   4.5\n", "id|size"), ("1.5  2.5\n2.5  3.5\n3.5  4.5\n", "c1|c2")])
        {
            var csv = await Csv.ReadAsync(remarks + table);
            string.Join('|', csv.Names).ShouldBe(names);
            csv.Records.Count.ShouldBe(3);
            csv.Records[0].Line.ShouldBe(lines + (names[0] == 'c' ? 1 : 2));
            csv.Warnings.ShouldContain(w => w.Code == "lines_above_table");
        }
    }

    [Theory]
    [InlineData("---\n1,2\n3,4\n5,6\n")]
    [InlineData("---\n---\n1,2\n3,4\n5,6\n")]
    public async Task Read_RuleWithoutYaml_HidesNothing(string text)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Rows.ShouldBe(["1|2", "3|4", "5|6"]);
    }
}
