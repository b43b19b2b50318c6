namespace Pipeline.Formats.Tests.Delimited;

/// <summary>Names and words of a language as they stand in tables, and the encodings that its files have come in.</summary>
sealed record LanguageSample(string Language, string[] Encodings, string Words)
{
    /// <summary>Those of DOS, of old Macintosh computers and of standards that few used, whose letters stand where others have letters too.</summary>
    public string[] RareEncodings => Language switch
    {
        "Polish" or "Czech" or "Hungarian" => ["ibm852"],
        "Russian" => ["x-mac-cyrillic"],
        "Ukrainian" => ["koi8-u"],
        "Turkish" => ["ibm857"],
        "Arabic" => ["iso-8859-6"],
        _ => [],
    };

    public static LanguageSample[] All { get; } =
    [
        new("German", ["windows-1252", "iso-8859-1", "iso-8859-15", "macintosh", "ibm850", "ibm437"],
            "Düsseldorf Köln Straße Müller für größer Österreich Zürich schöne Grüße über Jürgen Bäckerei München Fußball möglich Gerät Übung Äpfel süß"),
        new("French", ["windows-1252", "iso-8859-1", "iso-8859-15", "macintosh", "ibm850"],
            "café élève François même très déjà français Besançon Orléans hôtel tâche Noël âge où première événement Hélène forêt à naïve"),
        new("Spanish", ["windows-1252", "iso-8859-1", "macintosh", "ibm850"],
            "año niño España Martínez García corazón Málaga señor información Bogotá teléfono dirección Peña López número canción mañana José público"),
        new("Portuguese", ["windows-1252", "iso-8859-1", "ibm850"],
            "São João não Conceição coração informação Brasília Goiânia você avião três José público região município população Ceará março"),
        new("Danish", ["windows-1252", "iso-8859-1"], "København Århus Sørensen Jørgen rødgrød på Ærø smørrebrød gård køb Næstved år første Tønder må"),
        new("Swedish", ["windows-1252", "iso-8859-1"], "Göteborg Malmö Örebro år förnamn Åsa Björk längd hög Västerås Jönköping på från både Växjö självklart"),
        new("Italian", ["windows-1252", "iso-8859-1"], "città perché università Forlì più così è qualità Niccolò lunedì già società attività però Cefalù età"),
        new("Polish", ["windows-1250", "iso-8859-2"],
            "Łódź Kraków Gdańsk Wrocław ulica święta książka żółty Poznań Częstochowa miesiąc nazwa wartość imię województwo małopolskie śląskie łączna opłata"),
        new("Czech", ["windows-1250", "iso-8859-2"],
            "Praha Plzeň Kladno České Budějovice měsíc příjmení jméno žena muž Dvořák Novák červen září účet Růžička Olomouc Ústí kraj Vysočina"),
        new("Hungarian", ["windows-1250", "iso-8859-2"], "Győr Pécs Szeged Kovács Tóth Szabó Nagykőrös férfi nő születés összeg év hónap tűz fűszer könyv Székesfehérvár megye"),
        new("Romanian", ["windows-1250", "iso-8859-2"], "Bucureşti Iaşi Timişoara Braşov Galaţi Constanţa judeţ oraş populaţie în şi bărbaţi femei Mureş Bistriţa Vâlcea"),
        new("Russian", ["windows-1251", "koi8-r", "ibm866", "iso-8859-5"],
            "Москва Санкт-Петербург Новосибирск Иван Петров город область улица имя фамилия дата сумма количество товар Екатерина Сергей привет всем"),
        new("Ukrainian", ["windows-1251"], "Київ Львів Одеса місто область вулиця Їжак Євген Запоріжжя кількість населення ім'я Дніпро Чернігів"),
        new("Bulgarian", ["windows-1251"], "София Пловдив Варна Бургас град улица име фамилия Иван Георгиев община област население брой"),
        new("Greek", ["windows-1253", "iso-8859-7"], "Αθήνα Θεσσαλονίκη Πάτρα Ηράκλειο όνομα πόλη ημερομηνία ποσό Γιώργος Μαρία Παπαδόπουλος Ελλάδα καλημέρα άνδρας"),
        new("Turkish", ["windows-1254", "iso-8859-9"], "İstanbul Diyarbakır Muğla Çanakkale Şanlıurfa Eskişehir şehir ilçe doğum yılı Ayşe Yılmaz Gökçe müşteri ürün açıklama sayısı"),
        new("Hebrew", ["windows-1255", "iso-8859-8"], "ירושלים תל אביב חיפה שם עיר תאריך סכום משה כהן שלום רחוב מספר ישראל אוכלוסייה"),
        new("Arabic", ["windows-1256"], "القاهرة الرياض دبي اسم المدينة التاريخ المبلغ محمد أحمد فاطمة العراق السكان عدد المنطقة"),
        new("Lithuanian", ["windows-1257"], "Šiauliai Panevėžys Klaipėda gatvė miestas gyventojų skaičius Jonas Kazlauskas ąžuolas žmonės vardas pavardė mėnuo Utenos Mažeikių"),
        new("Latvian", ["windows-1257"], "Rīga Jelgava Liepāja Jūrmala iela pilsēta iedzīvotāju skaits vārds uzvārds Jānis Bērziņš Kļaviņa Rēzekne mēnesis gads"),
        new("Thai", ["windows-874"], "กรุงเทพ เชียงใหม่ ภูเก็ต ชื่อ จังหวัด วันที่ จำนวน ประเทศไทย ถนน ประชากร"),
        new("Japanese", ["shift_jis", "euc-jp"], "東京都 大阪府 北海道 名前 住所 日付 カタカナ ひらがな 株式会社 山田太郎 電話番号 データ 合計 市区町村 人口"),
        new("Simplified Chinese", ["gb18030"], "北京市 上海 广东省 姓名 地址 日期 数量 中国 人民 公司 电话 城市 学生 名称 价格 单位"),
        new("Traditional Chinese", ["big5"], "台北市 高雄 臺中市 姓名 地址 日期 數量 中華民國 公司 電話 縣市 學生 名稱 價格 單位"),
        new("Korean", ["euc-kr"], "서울특별시 부산 대구 이름 주소 날짜 수량 대한민국 회사 전화번호 도시 학생 가격 단위"),
    ];
}
