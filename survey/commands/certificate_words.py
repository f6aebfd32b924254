"""The words of a certificate's page, in the two languages it is printed in."""

from __future__ import annotations

WORDS = {
    "en": {
        "title": "Certificate of a draw for the recognition survey",
        "people": "people drawn",
        "seed": "seed",
        "draw": "this certificate (SHA-256)",
        "plan": "plan (SHA-256)",
        "frame": "frame (SHA-256)",
        "rules": "rules",
        "design": "design",
        "remark": "note",
        "strata": "Strata",
        "stratum": "stratum",
        "eligible": "eligible",
        "drawn": "drawn",
        "reserve": "reserve",
        "released": "released",
        "weight": "weight",
        "total": "total",
        "releases": "Releases of reserves",
        "ceremony": "Ceremony",
        "shown": "What the ceremony shows",
        "checked": "checked",
        "asserted": "asserted",
        "proved": "proved",
        "stamped": "with a time stamp",
        "step frame": "frame and plan published",
        "step source": "source of the seed announced",
        "step seed": "seed disclosed",
        "step draw": "drawn",
        "commit-reveal": "texts committed to by several parties",
        "public-event": "a public event",
        "drand": "a round of the beacon drand",
        "redo": "How to check it",
        "how": "A ticket is SHA-256 of seed, newline, id; a stratum's smallest are its sample:",
        "who": "Names stand nowhere in this certificate; an id is a pseudonym.",
    },
    "zh": {
        "title": "社会认可度调查抽样证书",
        "people": "样本人数",
        "seed": "种子",
        "draw": "本证书(SHA-256)",
        "plan": "配额方案(SHA-256)",
        "frame": "抽样框(SHA-256)",
        "rules": "规则",
        "design": "抽样设计",
        "remark": "说明",
        "strata": "各层",
        "stratum": "层",
        "eligible": "合格人数",
        "drawn": "样本",
        "reserve": "替补",
        "released": "已释放",
        "weight": "权数",
        "total": "合计",
        "releases": "替补释放记录",
        "ceremony": "抽签仪式",
        "shown": "仪式记录能说明什么",
        "checked": "已核验",
        "asserted": "仅为声明",
        "proved": "已证明",
        "stamped": "附时间戳",
        "step frame": "公布抽样框与配额方案",
        "step source": "公布种子来源",
        "step seed": "公开种子",
        "step draw": "抽样",
        "commit-reveal": "多方先承诺、后公开的文本",
        "public-event": "公开事件",
        "drand": "公共随机信标 drand 的一轮",
        "redo": "如何核验",
        "how": "票号是“种子、换行、编号”的 SHA-256;每层票号最小者为样本:",
        "who": "证书中没有姓名,编号是代号。",
    },
}

# What a check of a ceremony finds, in Chinese; the English is the message itself.
FINDINGS_ZH = {
    "frame, source, seed and draw follow one another in an unbroken chain": (
        "抽样框、种子来源、种子、抽样依次相接,链条完整"
    ),
    "the seed is what the announced source gives, and the draw used it": (
        "种子由所公布的来源得出,抽样使用的正是它"
    ),
    "the times written in the steps are the record keeper's own": "各步时间由记录者自己填写",
    "that frame and source were fixed before the seed was known": (
        "抽样框和种子来源在种子为人所知之前已经确定"
    ),
    "frame and source were fixed by {stamped}, before the seed could be known at {event}": (
        "抽样框和种子来源不晚于 {stamped} 已经确定,种子最早在 {event} 才可能为人所知"
    ),
    "that this was the only ceremony held for this county, round and stage": (
        "同一县、同一轮、同一阶段只举行过这一次抽签"
    ),
    "the step {step} has a time stamp; name whose you trust to have it checked": (
        "{step} 一步附有时间戳;请指明所信任的时间戳机构以便核验"
    ),
    "the step {step} existed by {time}": "{step} 一步不晚于 {time} 已经存在",
    "the parties chose their texts apart: each can vouch for its own only": (
        "各方各自选定文本:每一方只能为自己的作证"
    ),
    "the outcome of {event!r} was typed in; look it up where it was published": (
        "{event!r} 的结果由人工录入,请到公布处查对"
    ),
    "the signature of drand round {round} was not checked: {reason}": (
        "未核验 drand 第 {round} 轮的签名:{reason}"
    ),
    "drand signed this as its round {round}": "drand 确曾签发第 {round} 轮",
}
