namespace Pipeline.Formats.Tests.Delimited.Pollution;

/// <summary>A small file that is easy to get wrong, with what a careful person says about it.</summary>
/// <param name="Name">What is hard about it.</param>
/// <param name="Text">The file.</param>
/// <param name="Delimiter">Null where there is one column.</param>
/// <param name="Names">Of the columns, between bars; null without a header.</param>
/// <param name="Rows">The sound records, between bars.</param>
sealed record HardFile(string Name, string Text, string? Delimiter, string? Names, params string[] Rows)
{
    public char? Quote { get; init; } = '"';

    /// <summary>Records that are refused.</summary>
    public int Refused { get; init; }

    public static HardFile[] All { get; } =
    [
        new("two rows", "id,name\n1,x\n", ",", "id|name", "1|x"),
        new("header only", "id,name,city\n", ",", "id|name|city"),
        new("one record of values", "1,2024-01-01,x\n", ",", null, "1|2024-01-01|x"),
        new("one column of words", "fruit\napple\npear\nplum\n", null, "fruit", "apple", "pear", "plum"),
        new("one column of two words", "name\nAnna Berg\nBob Li\nChris Ort\n", null, "name", "Anna Berg", "Bob Li", "Chris Ort"),
        new("one column of numbers", "5\n6\n7\n", null, null, "5", "6", "7"),
        new("one column of numbers with a name", "total\n5\n6\n7\n", null, "total", "5", "6", "7"),
        new("one column of sentences", "text\nHello, world\nWell, no\nGood bye then\n", null, "text", "Hello, world", "Well, no", "Good bye then"),
        new("one column of quoted texts", "\"text\"\n\"a, b\"\n\"c; d\"\n", null, "text", "a, b", "c; d"),
        new("one column of addresses", "url\nhttp://a.org/x?y=1\nhttp://b.org/x?y=2\n", null, "url", "http://a.org/x?y=1", "http://b.org/x?y=2"),
        new("times only", "10:20:30\n10:20:31\n10:20:32\n", null, null, "10:20:30", "10:20:31", "10:20:32"),
        new("all text", "id,name,city\na,Anna,Rome\nb,Bob,Paris\n", ",", "id|name|city", "a|Anna|Rome", "b|Bob|Paris"),
        new("names in title case", "Country,Capital\nFrance,Paris\nItaly,Rome\nSpain,Madrid\n", ",", "Country|Capital", "France|Paris", "Italy|Rome", "Spain|Madrid"),
        new("decimal comma", "name;price\nfoo;1,5\nbar;2,5\nbaz;3,75\n", ";", "name|price", "foo|1,5", "bar|2,5", "baz|3,75"),
        new("decimal comma in every column", "a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n", ";", "a|b|c", "1,5|2,5|3,5", "4,5|5,5|6,5"),
        new("decimal comma without header", "1,5;2,25\n3,5;4,75\n", ";", null, "1,5|2,25", "3,5|4,75"),
        new("tabs with commas in texts", "id\ttext\n1\tHello, world, again\n2\tBye, world, now\n", "\t", "id|text", "1|Hello, world, again", "2|Bye, world, now"),
        new("pipe with blanks", "id | name | n\n1 | Anna | 5\n2 | Bob | 6\n", "|", "id|name|n", "1|Anna|5", "2|Bob|6"),
        new("semicolon with quoted breaks", "id;text\n1;\"two\nlines\"\n2;\"one; line\"\n3;\"x\n\ny\"\n", ";", "id|text", "1|two\nlines", "2|one; line", "3|x\n\ny"),
        new("sep line", "sep=;\nid;name\n1;x\n2;y\n", ";", "id|name", "1|x", "2|y"),
        new("sep line with tab", "sep=\t\r\nid\tname\r\n1\tx\r\n2\ty\r\n", "\t", "id|name", "1|x", "2|y"),
        new("carriage returns", "id,name\r1,x\r2,y\r", ",", "id|name", "1|x", "2|y"),
        new("mixed breaks", "id,name\r\n1,x\n2,y\r3,z\n", ",", "id|name", "1|x", "2|y", "3|z"),
        new("timestamps and a comma", "2024-01-01 10:00:00,5\n2024-01-01 11:00:00,6\n", ",", null, "2024-01-01 10:00:00|5", "2024-01-01 11:00:00|6"),
        new("times with colons", "time;value\n10:20:30;1\n10:20:31;2\n", ";", "time|value", "10:20:30|1", "10:20:31|2"),
        new("addresses", "name,url\na,http://x.org:80/?q=1;r=2\nb,https://y.org:81/?q=2;r=3\n", ",", "name|url", "a|http://x.org:80/?q=1;r=2", "b|https://y.org:81/?q=2;r=3"),
        new("JSON in quotes", "id,data\n1,\"{\"\"a\"\": 1, \"\"b\"\": [2, 3]}\"\n2,\"{\"\"a\"\": 4, \"\"b\"\": [5, 6]}\"\n", ",", "id|data",
            "1|{\"a\": 1, \"b\": [2, 3]}", "2|{\"a\": 4, \"b\": [5, 6]}"),
        new("JSON in quotes behind tabs", "id\tdata\n1\t{\"a\": 1, \"b\": 2}\n2\t{\"a\": 3, \"b\": 4}\n", "\t", "id|data", "1|{\"a\": 1, \"b\": 2}", "2|{\"a\": 3, \"b\": 4}"),
        new("apostrophes", "id,text\n1,'tis the season\n2,rock 'n' roll\n3,it's\n4,the boys'\n", ",", "id|text", "1|'tis the season", "2|rock 'n' roll", "3|it's", "4|the boys'"),
        new("feet and inches", "id,size\n1,5' 6\"\n2,6' 1\"\n3,5' 11\"\n", ",", "id|size", "1|5' 6\"", "2|6' 1\"", "3|5' 11\""),
        new("comments", "# a comment\nid,name\n1,x\n# another, with commas, in it\n2,y\n", ",", "id|name", "1|x", "2|y"),
        new("a header behind a hash", "##format=3\n##source=me\n#CHROM\tPOS\tID\n1\t100\trs1\n2\t200\trs2\n", "\t", "CHROM|POS|ID", "1|100|rs1", "2|200|rs2"),
        new("delimiters at all ends", "a;b;c;\n1;2;3;\n4;5;6;\n", ";", "a|b|c", "1|2|3", "4|5|6"),
        new("delimiters at the ends of records", "a,b,c\n1,2,3,\n4,5,6,\n", ",", "a|b|c", "1|2|3", "4|5|6"),
        new("a delimiter at the end of the header", "a,b,c,\n1,2,3\n4,5,6\n", ",", "a|b|c", "1|2|3", "4|5|6"),
        new("row names", "mpg,cyl\nMazda,21,6\nDatsun,22,4\nValiant,18,6\n", ",", "|mpg|cyl", "Mazda|21|6", "Datsun|22|4", "Valiant|18|6"),
        new("an index without a name", ",x,y\n0,1,2\n1,3,4\n", ",", "|x|y", "0|1|2", "1|3|4"),
        new("a name twice", "a,a,b\n1,2,3\n4,5,6\n", ",", "a|a|b", "1|2|3", "4|5|6"),
        new("mark and quotes", "\uFEFF\"id\",\"name\"\n\"1\",\"x\"\n\"2\",\"y\"\n", ",", "id|name", "1|x", "2|y"),
        new("codes without header", "AB001,red\nCD002,blue\nEF003,green\n", ",", null, "AB001|red", "CD002|blue", "EF003|green"),
        new("addresses of people without header", "Anna,anna@example.org\nBob,bob@example.org\nChris,chris@example.com\n", ",", null,
            "Anna|anna@example.org", "Bob|bob@example.org", "Chris|chris@example.com"),
        new("years as names", "country,2000,2001,2002\nDE,1.5,2.5,3.5\nFR,1,2,3\n", ",", "country|2000|2001|2002", "DE|1.5|2.5|3.5", "FR|1|2|3"),
        new("quotes around all", "\"id\";\"name\"\n\"1\";\"x;y\"\n\"2\";\"z\"\n", ";", "id|name", "1|x;y", "2|z"),
        new("single quotes", "id,name\n1,'x, y'\n2,'z'\n3,'it''s'\n", ",", "id|name", "1|x, y", "2|z", "3|it's") { Quote = '\'' },
        new("backslashes", "id,text\n1,\"a \\\"b\\\" c\"\n2,\"d, \\\"e\\\"\"\n", ",", "id|text", "1|a \"b\" c", "2|d, \"e\""),
        new("folders of Windows", "id,path\n1,\"C:\\temp\\\"\n2,\"D:\\data, old\\\"\n", ",", "id|path", "1|C:\\temp\\", "2|D:\\data, old\\"),
        new("a short record", "a,b,c\n1,2,3\n4,5\n6,7,8\n", ",", "a|b|c", "1|2|3", "6|7|8") { Refused = 1 },
        new("a long record", "a,b,c\n1,2,3\n4,5,6,7\n6,7,8\n", ",", "a|b|c", "1|2|3", "6|7|8") { Refused = 1 },
        new("a long first record", "a,b,c\n1,2,3,9\n4,5,6\n6,7,8\n", ",", "a|b|c", "4|5|6", "6|7|8") { Refused = 1 },
        new("another delimiter in one record", "a,b,c\n1,2,3\n4;5;6\n6,7,8\n", ",", "a|b|c", "1|2|3", "6|7|8") { Refused = 1 },
        new("a total", "item,n\nx,1\ny,2\n\nTotal: 3\n", ",", "item|n", "x|1", "y|2"),
        new("fixed width", "id   name       amount\n1    Anna B.      5.50\n22   Bob         17.25\n333  Chris Li   100.00\n4444 Dora        9.99\n", " ", "id|name|amount",
            "1|Anna B.|5.50", "22|Bob|17.25", "333|Chris Li|100.00", "4444|Dora|9.99") { Quote = null },
        new("blanks in lines", "x y z\n1 2 3\n4 5 6\n7 8 9\n", " ", "x|y|z", "1|2|3", "4|5|6", "7|8|9"),
        new("blanks and an empty last column", "id \"long name\" n note\n1 \"a b\" 5 \n2 \"c d\" 6 \n3 e 7 \n", " ", "id|long name|n|note", "1|a b|5|", "2|c d|6|", "3|e|7|"),
        new("the file of users", "root:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin:/bin:/sbin/nologin\nanna:x:1000:1000:Anna,,,:/home/anna:/bin/bash\n", ":", null,
            "root|x|0|0|root|/root|/bin/bash", "bin|x|1|1|bin|/bin|/sbin/nologin", "anna|x|1000|1000|Anna,,,|/home/anna|/bin/bash"),
        new("percent signs and currencies", "item,share,price\nx,12.5%,\"$1,200.00\"\ny,3%,$5.50\n", ",", "item|share|price", "x|12.5%|$1,200.00", "y|3%|$5.50"),
        new("lists in cells", "id;tags\n1;a,b,c\n2;d\n3;e,f\n", ";", "id|tags", "1|a,b,c", "2|d", "3|e,f"),
        new("lists in cells behind commas", "id,tags\n1,a;b;c\n2,d\n3,e;f\n", ",", "id|tags", "1|a;b;c", "2|d", "3|e;f"),
        new("lists in pipes behind commas", "movieId,title,genres\n1,Toy (1995),A|B|C\n2,Jumanji (1995),A|D\n3,\"Old, The (1996)\",C\n", ",", "movieId|title|genres",
            "1|Toy (1995)|A|B|C", "2|Jumanji (1995)|A|D", "3|Old, The (1996)|C"),
        new("empty cells", "a,b,c\n,,1\n,2,\n3,,\n", ",", "a|b|c", "||1", "|2|", "3||"),
        new("a header of numbers above words", "id,1,2,3\nx,yes,no,yes\ny,no,no,yes\n", ",", "id|1|2|3", "x|yes|no|yes", "y|no|no|yes"),
        new("booleans", "name,ok\nx,true\ny,false\n", ",", "name|ok", "x|true", "y|false"),
        new("titles", "Sales by region\nJanuary, 2024\n\nregion,n,total\nNorth,5,10.5\nSouth,6,11.5\n", ",", "region|n|total", "North|5|10.5", "South|6|11.5"),
        new("an email in the first column", "email,n\na@x.org,1\nb@x.org,2\n", ",", "email|n", "a@x.org|1", "b@x.org|2"),
        new("coordinates", "place,lat,lon\nOslo,59.9,10.7\nRome,41.9,12.5\n", ",", "place|lat|lon", "Oslo|59.9|10.7", "Rome|41.9|12.5"),
        new("SQL nulls", "1\t\\N\tx\n2\t5\t\\N\n3\t\\N\ty\n", "\t", null, "1|\\N|x", "2|5|\\N", "3|\\N|y"),
    ];

    /// <summary>Texts that are no tables: whatever is made of them, it is one column.</summary>
    public static string[] NoTables { get; } =
    [
        "key=value\nother=thing\nthird=5\n",
        "[section]\nname = value\nport = 8080\n",
        "2024-01-01 10:00:00 INFO started\n2024-01-01 10:00:01 WARN low memory: 5 MB\n2024-01-01 10:00:02 ERROR failed, will retry\n",
    ];
}
