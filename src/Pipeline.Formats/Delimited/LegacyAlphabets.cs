namespace Pipeline.Formats.Delimited;

/// <summary>
/// Letters that are not ASCII of languages whose files came in old encodings, the frequent first; for languages with thousands of characters
/// those that stand in tables and headlines.
/// </summary>
static class LegacyAlphabets
{
    /// <summary>German, French, Spanish, Portuguese, Danish and Norwegian, Swedish and Finnish, Italian, Catalan, Dutch, Icelandic.</summary>
    public static readonly string[] Western =
        ["üäöß", "éèàêçâîôûëïùœñ", "óíáéñúüç", "ãçáéíóõêâôúà", "øåæéöü", "äöåéü", "àèéìòù", "àéèòíóçúïü", "ëéïöüè", "áíðéóöúýþæ"];

    /// <summary>Polish, Czech and Slovak, Hungarian, Romanian, Croatian and Slovene.</summary>
    public static readonly string[] Central = ["łąęóżśćńź", "íáéěřýžščůúťďňľôäĺŕ", "áéöőóüíúű", "ăţşîâșț", "čšžćđ"];

    /// <summary>Lithuanian, Latvian, Estonian.</summary>
    public static readonly string[] Baltic = ["ėšžųįąčūę", "āīēšņūļķģžč", "äõöüšž"];

    public static readonly string[] Turkish = ["ışğüöçiâ"];

    /// <summary>Russian, Ukrainian, Bulgarian, Serbian.</summary>
    public static readonly string[] Cyrillic =
    [
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оаинвеіртскулдмпяьзгбчхїцйєжшюфщґ", "аоиентрсвлкдпмзугяъбцчжхщшйфюь", "аоиентрсјвукдмплзгбчшцњжљхћђфџ",
    ];

    public static readonly string[] Greek = ["αοιετσνηυρπκμλςωδγάίθόέχήύφβξώζψϊ"];

    public static readonly string[] Hebrew = ["יוהלאמרתבשנחםעדפקזטצגןכסךףץ"];

    public static readonly string[] Arabic = ["الينمرتوبةدسعحهفقكجأشطىصخذإضغزثئءظؤآ"];

    public static readonly string[] Thai = ["านรอกเงมยลวดทสตปะพบขคจชหไแใโผซถภศษณธญฐฟฉฎฏฑฒฬฤฌ่้็ิีึืุูำั์"];

    public const string Japanese =
        "日本東京都大阪府北海道市区町村県名前住所年月火水木金土曜電話番号株式会社人口合計数量金額商品価格郵便国山田中村上下小高川本太郎子学生氏性別男女内外新出入口時分間第一二三四五六七八九十百千万円"
        + "駅島野原西南店部課長事業担当者備考注文顧客情報種類開始終了登録更新状態有無";

    public const string SimplifiedChinese =
        "的一是不了人在有我他这中大来上国和地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所家种事成方多经学都同现动面定分进小部主理本前开实日者与长第公工全三点正业外高间重物文体产新"
        + "制加西月合内信表化位次海通教原东提比员水名平系别女数安量建务场件计管期市直金区保空社科司书界路记南品住北边交万取格京广省县姓址电话称价单位号类型编码城客户备注男性民河江湖山四川";

    public const string TraditionalChinese =
        "的一是不了人在有我他這中大來上國和地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所家種事成方多經學都同現動面定分進小部主理本前開實日者與長第公工全三點正業外高間重物文體產新"
        + "制加西月合內信表化位次海通教原東提比員水名平系別女數安量建務場件計管期市直金區保空社科司書界路記南品住北邊交萬取格京廣省縣姓址電話稱價單位號類型編碼城客戶備註男性民河江湖山臺台華雄好世";

    public const string Korean =
        "이다는을의에가하고지한도로서사기자인대리시정일해부나은어수성스장구제전주아라상보동국원과조그들만안면비선공무소유산방내관생신중개학입경특별광역울민회화번호짜량격단위름합계금액품목년월여남군읍청북역"
        + "교육건물세차명분시간처업담당등록코드최김박강윤임오초녕반";
}
