const texts = {
  zh: {
    lang: 'zh-CN',
    examples: '示例',
    intro: '点一个示例，它会在新标签页打开，并带上当前标签页的请求头。已经见过的机构 ID 和验证码 flow 会自动填入。',
    useToken: '把刚得到的令牌放进每个标签页的请求头',
    sameHeaders: '把当前标签页的请求头用到每个标签页',
    welcome: [
      '# 欢迎使用 Deputy',
      '# 左边的“示例”有每个查询和变更的例子。',
      '# 1. 运行这个操作，取得 flow 和验证码；',
      '#    用 --demo 启动时验证码在服务器日志里。',
      '# 2. 打开“用验证码登录”，填入验证码，运行。',
      '# 3. 点左边出现的按钮，把令牌放进请求头；',
      '#    或自己写在 Headers 里：',
      '#    { "Authorization": "Bearer …" }',
      '',
    ].join('\n'),
  },
  en: {
    lang: 'en',
    examples: 'Examples',
    intro:
      "An example opens in a new tab and takes this tab's headers along. The id of an org and the flow of a code that were seen in an answer are filled in.",
    useToken: "Put the token just received into every tab's headers",
    sameHeaders: "Use this tab's headers in every tab",
    welcome: [
      '# Welcome to Deputy',
      '# The examples on the left show',
      '# every query and mutation.',
      '# 1. Run this one for a flow and a',
      '#    code, which the server logs',
      '#    when started with --demo.',
      '# 2. Open "Sign in with the code",',
      '#    fill in the code, and run it.',
      '# 3. The button that then appears on',
      '#    the left puts the token into the',
      '#    headers. Or write it in Headers:',
      '#    { "Authorization": "Bearer …" }',
      '',
    ].join('\n'),
  },
};

export const language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
export const text = texts[language];
