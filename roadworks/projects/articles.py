"""The laws that the tender clock cites (domain.md §5.2), each article by its name in both languages."""

from dataclasses import dataclass

from roadworks.base.i18n import label


@dataclass(frozen=True)
class Article:
    """One article of a law."""

    name_zh: str
    name_en: str

    def __str__(self) -> str:
        """Its name in the language in force."""
        return label(self)


def _law(zh: str, number: int) -> Article:
    return Article(f"《招标投标法》第{zh}条", f"Tendering and Bidding Law, art. {number}")


def _regulation(zh: str, number: int) -> Article:
    return Article(
        f"《招标投标法实施条例》第{zh}条",
        f"Regulation on the Implementation of the Tendering and Bidding Law, art. {number}",
    )


LAW_23, LAW_24, LAW_28 = _law("二十三", 23), _law("二十四", 24), _law("二十八", 28)
LAW_34, LAW_46, LAW_47 = _law("三十四", 34), _law("四十六", 46), _law("四十七", 47)
RULE_16, RULE_21, RULE_22 = _regulation("十六", 16), _regulation("二十一", 21), _regulation("二十二", 22)
RULE_26, RULE_54, RULE_57 = _regulation("二十六", 26), _regulation("五十四", 54), _regulation("五十七", 57)
RULE_58 = _regulation("五十八", 58)
CONSULTATION = Article(
    "《政府采购竞争性磋商采购方式管理暂行办法》（财库〔2014〕214号）第十条",
    "Interim Measures for Competitive Consultation in Government Procurement (Caiku [2014] No. 214), art. 10",
)
MUST_TENDER = Article(
    "《必须招标的工程项目规定》（国家发展改革委令第16号，2018-06-01起施行）第五条",
    "Provisions on Projects that Must Be Tendered (NDRC Order 16, in force from 2018-06-01), art. 5",
)
HENAN = Article(
    "《河南省实施〈中华人民共和国招标投标法〉办法》（2002年）",
    "Measures of Henan Province for the Tendering and Bidding Law (2002)",
)
